import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { makeReady } from './ready/ready.mjs';

/*
 * npm run flows            writes docs/flows.md from what the views say of themselves
 * npm run flows -- --check fails when it is not what it would write
 */
makeReady();
const { createViews } = await import('../dist/apps/bursar/bursar.views.js');
const { MemoryPlaceIndex } = await import('../dist/libs/event-log-memory/place-index.js');

const file = new URL('../docs/flows.md', import.meta.url);
const list = readFileSync(new URL('../apps/bursar/bursar.views.ts', import.meta.url), 'utf8');
/** In which file a class is, as the list of views imports it. */
const fileOf = (name) => new RegExp(`\\b${name}\\b.* from '#(.+)[.]js'`).exec(list)?.[1];

const views = Object.values(createViews(new MemoryPlaceIndex(), () => new Uint8Array()));
const events = [...new Set(views.flatMap(({ handles }) => (handles === 'all' ? [] : handles)))].sort();
const name = (view) => view.constructor.name;
const every = views.filter(({ handles }) => handles === 'all');

const text = `# What happens after an event is stored

Made by \`npm run flows\` from what the views say of themselves; a test fails when it is old.

The feed reads the log in order, and takes each event through the views that handle its type, in the order of
\`apps/bursar/bursar.views.ts\`. ${every.map((view) => `\`${name(view)}\``).join(', ')} see every event, before the others.

| event | views that fold it |
| --- | --- |
${events
  .map((event) => {
    const folding = views.filter(({ handles }) => handles !== 'all' && handles.includes(event));
    return `| \`${event}\` | ${folding.map((view) => `\`${name(view)}\``).join(', ')} |`;
  })
  .join('\n')}

| view | part of a snapshot | where |
| --- | --- | --- |
${views.map((view) => `| \`${name(view)}\` | \`${view.name}\` | \`libs/${fileOf(name(view))}.ts\` |`).join('\n')}
`;

const wanted = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== wanted) {
    console.error('docs/flows.md is old: run npm run flows.');
    process.exitCode = 1;
  }
} else writeFileSync(file, wanted);

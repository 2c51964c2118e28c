import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { makeReady } from './ready/ready.mjs';

/*
 * npm run flows            writes docs/flows.md from what views, events and sagas say of themselves
 * npm run flows -- --check fails when it is not what it would write
 */
makeReady();
const { createViews } = await import('../dist/apps/bursar/bursar.views.js');
const { MemoryLocationIndex } = await import('../dist/libs/event-log-memory/location-index.js');

const file = new URL('../docs/flows.md', import.meta.url);
const list = readFileSync(new URL('../apps/bursar/bursar.views.ts', import.meta.url), 'utf8');
/** In which file a class is, as the list of views imports it. */
const fileOf = (name) => new RegExp(`\\b${name}\\b.* from '#(.+)[.]js'`).exec(list)?.[1];

const views = Object.values(createViews(new MemoryLocationIndex(), () => new Uint8Array()));
/** Files of libraries whose names end so, in order, with slashes. */
const filesOf = (ending) =>
  readdirSync('libs', { recursive: true })
    .map((path) => join('libs', path).replaceAll('\\', '/'))
    .filter((path) => path.endsWith(ending))
    .sort();
const declared = filesOf('.events.ts').flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(/type: z[.]literal\('(\w+)'\)/g)].map(([, type]) => type),
);
const handled = views.flatMap(({ handles }) => (handles === 'all' ? [] : handles));
const events = [...new Set([...declared, ...handled])].sort();
const sagas = filesOf('.saga.ts').map((path) => {
  const text = readFileSync(path, 'utf8');
  const said = (what) => new RegExp(`readonly ${what} = '(\\w+)'`).exec(text)?.[1];
  return { path, name: said('name'), looksAt: said('looksAt') };
});
const name = (view) => view.constructor.name;
const every = views.filter(({ handles }) => handles === 'all');

const text = `# What happens after an event is stored

Made by \`npm run flows\` from what views, events and sagas say of themselves; a test fails when it is old. The way from a
request to the log and on to an alert is told in [architecture](architecture.md), Four journeys.

The feed reads the log in order, and takes each event through the views that handle its type, in the order of
\`apps/bursar/bursar.views.ts\`. ${every.map((view) => `\`${name(view)}\``).join(', ')} see every event, before the others.

| event | views that fold it |
| --- | --- |
${events
  .map((event) => {
    const folding = views.filter(({ handles }) => handles !== 'all' && handles.includes(event));
    const shown = folding.map((view) => `\`${name(view)}\``).join(', ');
    return `| \`${event}\` | ${shown === '' ? 'none but those that see every event' : shown} |`;
  })
  .join('\n')}

| view | part of a snapshot | where |
| --- | --- | --- |
${views.map((view) => `| \`${name(view)}\` | \`${view.prefix ?? view.name}\` | \`libs/${fileOf(name(view))}.ts\` |`).join('\n')}

Then sagas are woken, by what the batch has moved and once a second. Each is told of what it looks at; all of them look at
everything at the start, every full hour and some seconds after a failure. Correction jobs
(\`libs/metering/sagas/correction-jobs.ts\`) run beside them, woken by every batch.

| saga | looks at | where |
| --- | --- | --- |
${sagas.map((saga) => `| \`${saga.name}\` | ${saga.looksAt} | \`${saga.path}\` |`).join('\n')}
`;

const wanted = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== wanted) {
    console.error('docs/flows.md is old: run npm run flows.');
    process.exitCode = 1;
  }
} else writeFileSync(file, wanted);

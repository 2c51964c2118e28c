import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import 'reflect-metadata';
import { format, resolveConfig } from 'prettier';
import { makeReady } from './ready/ready.mjs';

/*
 * npm run flows            writes docs/flows.md from what commands, events, views, sagas and queries say of themselves
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
const name = (view) => view.constructor.name;
const every = views.filter(({ handles }) => handles === 'all');

/** Every class that a module of a library provides, with its library. */
const provided = [];
for (const path of filesOf('.module.ts')) {
  for (const module of Object.values(await import(`../dist/${path.replace(/ts$/, 'js')}`))) {
    const classes = (Reflect.getMetadata('providers', module) ?? []).filter((one) => typeof one === 'function');
    provided.push(...classes.map((type) => ({ type, library: path.split('/')[1] })));
  }
}
/** What providers with this metadata of Nest's handle, by library. */
const handledBy = (metadata) => {
  const found = new Map();
  for (const { type, library } of provided) {
    const handles = Reflect.getMetadata(metadata, type);
    if (handles !== undefined) found.set(library, [...(found.get(library) ?? []), handles.name]);
  }
  return [...found].map(([library, names]) => [library, names.sort()]).sort(([a], [b]) => (a < b ? -1 : 1));
};
const commands = handledBy('__commandHandler__');
const isCommand = new Set(commands.flatMap(([, names]) => names));

/** Commands that a file, or one beside it that it imports, makes. */
const madeIn = (path) => {
  const text = readFileSync(path, 'utf8');
  const beside = [...text.matchAll(/from '([.][/][\w-]+)[.]js'/g)].map(([, each]) => join(path, '..', `${each}.ts`));
  const names = [path, ...beside].flatMap((each) =>
    [...readFileSync(each, 'utf8').matchAll(/\b(?:new )?(\w+)\(/g)].map(([, called]) =>
      called.replace(/^./, (first) => first.toUpperCase()),
    ),
  );
  return [...new Set(names.filter((each) => isCommand.has(each)))].sort();
};
const files = filesOf('.saga.ts');
const sagas = provided
  .filter(({ type }) => Reflect.hasMetadata('__saga__', type))
  .map(({ type }) => {
    // Its fields say what it is; what it asks when it is evaluated is not there.
    const saga = new type();
    const path = files.find((each) => readFileSync(each, 'utf8').includes(`export class ${type.name} `));
    const collects = (saga.collects ?? []).map((kind) => kind.name).join(', ');
    return { path, name: saga.saga, collects, commands: madeIn(path) };
  })
  .sort((a, b) => (basename(a.path) < basename(b.path) ? -1 : 1));
const code = (names) => names.map((each) => `\`${each}\``).join(', ');

const text = `# What happens after a request

Made by \`npm run flows\` from what commands, events, views, sagas and queries say of themselves; a test fails when it is old.
The way from a request to the log and on to an alert is told in [architecture](architecture.md), Four journeys.

What changes state is a command on the command bus. Its handler decides, and stores events.

| library | commands |
| --- | --- |
${commands.map(([library, names]) => `| \`${library}\` | ${code(names)} |`).join('\n')}

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

Then one \`ViewsChanged\` goes on the event bus, with what the batch has changed, and one every second. Sagas look: at what
they collect, at the time, and at everything there is at the start, every full hour and some seconds after a failure. What
is due they send as commands. Nothing else works in the background.

| saga | collects | sends | where |
| --- | --- | --- | --- |
${sagas.map((saga) => `| \`${saga.name}\` | ${saga.collects} | ${code(saga.commands)} | \`${saga.path}\` |`).join('\n')}

What is read is a query on the query bus.

| library | queries |
| --- | --- |
${handledBy('__queryHandler__')
  .map(([library, names]) => `| \`${library}\` | ${code(names)} |`)
  .join('\n')}
`;

const wanted = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== wanted) {
    console.error('docs/flows.md is old: run npm run flows.');
    process.exitCode = 1;
  }
} else writeFileSync(file, wanted);

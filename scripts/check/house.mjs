import { readFileSync } from 'node:fs';

const modules = readFileSync(new URL('../../apps/bursar/bursar.module.ts', import.meta.url), 'utf8');
const libraryOf = new Map(
  [...modules.matchAll(/import \{ (\w+Module) \} from '#([\w-]+)[/][\w-]+[.]module[.]js'/g)].map(
    ([, name, library]) => [name, library],
  ),
);
/** What every capability stands on. */
const foundations = ['event-sourcing', 'http'];

/**
 * The capabilities, in the order in which `bursar.module.ts` lists their modules: each knows those before it, and of those
 * after it only the facts.
 */
export const capabilities = [
  ...new Set(
    [...modules.slice(modules.indexOf('imports: [')).matchAll(/\b(\w+Module)\b/g)].flatMap(
      ([, name]) => libraryOf.get(name) ?? [],
    ),
  ),
].filter((library) => !foundations.includes(library));

/** What stands behind the ports of event-sourcing. */
export const engines = ['event-log-lmdb', 'event-log-eventstore', 'event-log-memory', 'identity-index', 'system-clock'];

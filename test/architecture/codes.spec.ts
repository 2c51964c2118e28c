import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { refusalStatus } from '#http/refusal-status.js';
import { codeFaults, type LibraryCodes } from './refusal-codes.js';
import { typeErrorsIn } from './type-errors.js';

describe('the codes of refusals', () => {
  it('are declared once each, by the library that uses them, and have a status', async () => {
    const libraries = await Promise.all(readdirSync('libs').filter(isLibrary).map(codesOf));
    assert.ok(libraries.filter(({ declared }) => declared.length > 0).length >= 10);
    assert.deepEqual(codeFaults(libraries, Object.keys(refusalStatus)), []);
  });

  const kernel = { library: 'kernel', declared: ['invalidValue'], source: '' };
  const caps = { library: 'caps', declared: ['periodOver'], source: `refuse('periodOver'); refuse('invalidValue')` };
  const prices = { library: 'prices', declared: [], source: `refuse(\n  'invalidValue', 'no')` };
  const statuses = ['invalidValue', 'periodOver'];

  it('are fine in a house where all of this is so', () => {
    assert.deepEqual(codeFaults([kernel, caps, prices], statuses), []);
  });

  const planted: readonly [fault: string, libraries: readonly LibraryCodes[], withStatus: readonly string[]][] = [
    ['capMissing has a status, and no library declares it', [kernel, caps, prices], [...statuses, 'capMissing']],
    ['periodOver of caps has no status', [kernel, caps, prices], ['invalidValue']],
    [
      'periodOver is declared twice: caps, spend',
      [kernel, caps, prices, { library: 'spend', declared: ['periodOver'], source: `'periodOver'` }],
      statuses,
    ],
    [
      'periodOver is declared by caps and not used there',
      [kernel, { ...caps, source: `refuse('invalidValue') // periodOver` }, prices],
      statuses,
    ],
    ['invalidValue is declared by kernel and not used there', [kernel, caps], statuses],
    [
      'prices refuses with priceOld, and no library declares it',
      [kernel, caps, { ...prices, source: `${prices.source}; refuse('priceOld', 'no')` }],
      statuses,
    ],
  ];
  it.each(planted)('are found at fault: %s', (fault, libraries, withStatus) => {
    assert.deepEqual(codeFaults(libraries, withStatus), [fault]);
  });

  it('do not compile where a route can meet one without a status', () => {
    const found = typeErrorsIn(routes.flatMap((route) => [route('periodOver'), route('capMissing')]));
    for (const [at, errors] of found.entries()) {
      if (at % 2 === 0) assert.deepEqual(errors, []);
      else assert.match(errors.join('\n'), /Type '.*"capMissing".*' is not assignable/);
    }
  });
});

/** Routes that meet a refusal with the code: from a command, from the commands that all have, and of their own. */
const routes: readonly ((code: string) => string)[] = [
  (code) => `
    import { orThrow } from '#http/command.js';
    import type { Refusal } from '#kernel/refusal.js';
    export const route = (outcome: string | Refusal<'unknownGroup' | '${code}'>): string => orThrow(outcome);`,
  (code) => `
    import { orThrow } from '#http/command.js';
    import type { Outcome } from '#event-sourcing/commands/execute.js';
    export const route = (outcome: Outcome<'${code}'>): number => orThrow(outcome).revision;`,
  (code) => `
    import { problemOfRefusal } from '#http/problem-of.js';
    import { refuse } from '#kernel/refusal.js';
    export const problem = problemOfRefusal(refuse('${code}', 'It is so.'));`,
];

const isLibrary = (name: string): boolean => !name.includes('.');

const codesOf = async (library: string): Promise<LibraryCodes> => {
  const names = readdirSync(`libs/${library}`, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
  );
  const lists = names.filter((name) => name.endsWith('.codes.ts'));
  const declared = await Promise.all(lists.map((name) => listIn(`#${library}/${name.replace(/ts$/, 'js')}`)));
  const others = names.filter((name) => !lists.includes(name));
  const source = others.map((name) => readFileSync(`libs/${library}/${name}`, 'utf8')).join('\n');
  return { library, declared: declared.flat(), source };
};

/** A file of codes exports one list of them, and nothing else. */
const listIn = async (specifier: string): Promise<readonly string[]> => {
  const [list] = z.tuple([z.array(z.string())]).parse(Object.values((await import(specifier)) as object));
  return list;
};

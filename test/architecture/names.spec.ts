import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type * as client from '#client/metering-contract.js';
import type * as ingest from '#metering/commands/pending-request.js';
import type * as metering from '#metering/domain/metering-record.js';
import { clashesIn, exportedNames } from './exported-names.js';

const sources = ['libs', 'apps']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));

/**
 * The client imports nothing, so it has types of its own for what it sends and is answered. These two mean the same as
 * the service's, under the same word: the compiler holds them to each other.
 */
const sameAsTheService = {
  MeteringRecord: (sent: client.MeteringRecord): metering.MeteringRecord => sent,
  RejectedRecord: (answered: ingest.RejectedRecord): client.RejectedRecord => answered,
};
const isTheClients = ({ name, path }: { readonly name: string; readonly path: string }): boolean =>
  path.startsWith('libs/client/') && name in sameAsTheService;

describe('the names of what is exported', () => {
  it('mean one thing each; rename one of the two, to the word of the domain or the term of the field', () => {
    const names = sources.flatMap((path) => exportedNames(path, readFileSync(path, 'utf8')));
    assert.ok(names.length > 1_000);
    assert.deepEqual(clashesIn(names.filter((each) => !isTheClients(each))), []);
  });

  const planted = (files: Readonly<Record<string, string>>): readonly string[] =>
    clashesIn(Object.entries(files).flatMap(([path, source]) => exportedNames(path, source)));

  it.each([
    'export interface Cap {}',
    'export type Cap = 1;',
    'export abstract class Cap {}',
    '@Injectable()\nexport class Cap {}',
    'export enum Cap {}',
  ])('are noticed twice when one is of %j', (source) => {
    const files = { 'libs/caps/domain/cap.ts': 'export type Cap = 2;', 'libs/caps/queries/cap.ts': source };
    assert.deepEqual(planted(files), ['Cap means 2 things: libs/caps/domain/cap.ts, libs/caps/queries/cap.ts']);
  });

  it.each(['export const keyOf = 1;', 'export function keyOf() {}', 'export const { a: [keyOf] } = b;'])(
    'are noticed twice when %j is in another library, and not in the same',
    (source) => {
      const other = { 'libs/caps/domain/a.ts': 'export const keyOf = 2;' };
      assert.equal(planted({ ...other, 'libs/spend/domain/b.ts': source }).length, 1);
      assert.deepEqual(planted({ ...other, 'libs/caps/domain/b.ts': source }), []);
    },
  );

  it('may be those of a type and of a value, and of what is not exported', () => {
    const files = { 'libs/a/a.ts': 'export type Cap = 1;\nconst keyOf = 1;', 'libs/b/b.ts': 'export const Cap = 1;' };
    assert.deepEqual(planted(files), []);
    assert.deepEqual(planted({ ...files, 'libs/c/c.ts': 'export const keyOf = 1;' }), []);
  });
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sources = ['libs', 'apps'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
);

const [, patterns = ''] = readFileSync('docs/glossary.md', 'utf8').split(/^\| pattern .*\n\|[-| ]+\n/m);
/** Each pattern of the field, by its names, and what bears it in the code. */
const rows = patterns
  .slice(0, patterns.indexOf('\n\n'))
  .split('\n')
  .map((row) => row.split('|').map((cell) => cell.trim()))
  .map(([, names, , where]) => ({
    names: names
      .toLowerCase()
      .split(/, | and | \(|\)/)
      .filter((name) => name !== ''),
    bearers: [...where.matchAll(/`([A-Za-z]\w*)`/g)].map(([, bearer]) => bearer),
  }));

/** The first words of the doc comment of a class or an interface; undefined if there is none of that name. */
const docOf = (name: string): string | undefined => {
  const declared = new RegExp(`export (?:abstract )?(?:class|interface) ${name}\\b`);
  const source = sources.find((text) => declared.test(text));
  if (source === undefined) return undefined;
  const before = source.slice(0, source.search(declared)).replace(/(?:@\w+\([^)]*\)\s*)*$/, '');
  if (!before.endsWith('*/\n')) return '';
  const comment = before.slice(before.lastIndexOf('/**'));
  return comment
    .replaceAll(/^\s*\/?\*+\/? ?/gm, '')
    .replaceAll('\n', ' ')
    .trim();
};

describe('the patterns of the glossary', () => {
  it('are found', () => {
    assert.ok(rows.length > 50, String(rows.length));
  });

  for (const { names, bearers } of rows) {
    for (const bearer of bearers) {
      it(`${bearer} is there, and says that it is: ${names.join(', ')}`, () => {
        assert.ok(
          sources.some((text) => new RegExp(`\\b${bearer}\\b`).test(text)),
          'nothing in the code is called so',
        );
        const doc = docOf(bearer);
        const said = rows.filter((row) => row.bearers.includes(bearer)).flatMap((row) => row.names);
        assert.ok(doc === undefined || said.some((name) => doc.toLowerCase().startsWith(name)), doc);
      });
    }
  }
});

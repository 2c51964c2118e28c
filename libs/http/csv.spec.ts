import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvOf } from './csv.js';

describe('CSV', () => {
  it('begins with the header and ends every line with CRLF', () => {
    assert.equal(csvOf(['group', 'spentMicros'], [['eng', 12]]), 'group,spentMicros\r\neng,12\r\n');
  });

  const cells: readonly [cell: string | number | bigint | null, text: string][] = [
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    [-1, '-1'],
    [0, '0'],
    [2n ** 53n, '9007199254740992'],
    [-(2n ** 53n), '-9007199254740992'],
    [null, ''],
    ['', ''],
  ];
  for (const [cell, text] of cells) {
    it(`writes ${typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell)} as ${JSON.stringify(text)}`, () => {
      assert.equal(csvOf(['h'], [[cell, 1]]), `h\r\n${text},1\r\n`);
    });
  }

  it('is read back as it was written, but for the apostrophe', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 2 })), (rows) => {
        const read: unknown = parse(csvOf(['a', 'b'], rows), { record_delimiter: '\r\n' });
        const safe = rows.map((row) => row.map((cell) => (/^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell)));
        assert.deepEqual(read, [['a', 'b'], ...safe]);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { maxMicros } from '#kernel/money.js';
import { NameDictionary } from '#spend/domain/name-dictionary.js';
import { Page } from '#spend/domain/page.js';
import { createLines, totalOf } from './statement-lines.js';

const names = new NameDictionary();
const [eng, ana, bo] = ['eng', 'ana', 'bo'].map((text) => names.numberOf(text));

/** A page of what users of one group were charged. */
const pageOf = (...charges: readonly (readonly [user: number, micros: number])[]): Page => {
  const page = new Page();
  for (const [user, micros] of charges) page.add(eng, user, micros, 1, true);
  return page;
};
const listed = (month: Page, later: readonly Page[], byUser = false) => {
  const lines = createLines(names, byUser);
  for (const [page, sign] of [[month, 1] as const, ...later.map((page) => [page, -1] as const)]) {
    for (const pause of lines.add(page, sign)) assert.equal(pause, undefined);
  }
  return lines.list();
};

describe('the lines of a statement', () => {
  it('are what they were at the close, also if with what came later they pass 2^53 - 1', () => {
    const later = [pageOf([ana, maxMicros]), pageOf([bo, maxMicros], [ana, 7])];
    const month = pageOf([ana, maxMicros], [ana, maxMicros], [bo, maxMicros], [ana, 7]);
    assert.deepEqual(listed(month, later), listed(pageOf([ana, maxMicros]), []));
    assert.deepEqual(listed(month, later, true), [
      { group: 'eng', user: 'ana', spentMicros: maxMicros, records: 1, unpricedMicros: maxMicros },
    ]);
  });

  it('sum up in whatever order they come', () => {
    const line = { group: 'eng', records: 1, unpricedMicros: 0 };
    const lines = [maxMicros, maxMicros, -maxMicros].map((spentMicros) => ({ ...line, spentMicros }));
    assert.equal(totalOf(lines), maxMicros);
  });

  it('are exact beyond 2^53 - 1, on either side of 0', () => {
    const month = pageOf([ana, maxMicros], [bo, 1]);
    assert.deepEqual(listed(month, []), [
      { group: 'eng', spentMicros: 2n ** 53n, records: 2, unpricedMicros: 2n ** 53n },
    ]);
    assert.equal(listed(month, [], true).length, 2, 'each by itself is an amount');
    assert.equal(totalOf(listed(month, [], true)), 2n ** 53n);
    const [taken] = listed(pageOf(), [month, pageOf([bo, 4])]);
    assert.deepEqual([taken.spentMicros, taken.records], [-(2n ** 53n) - 4n, -3]);
  });
});

import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import { correctionOf, decideVoid, ratingJob } from './corrections.js';
import { correctionsView } from './corrections.view.js';
import type { CorrectionJob } from './corrections.view.js';
import type { MeteredRow } from './metered-row.js';
import type { Charge } from './metering.events.js';

const at = Date.parse('2026-11-10T12:00:00Z');
const record: MeteredRow = {
  source: 's',
  id: '1',
  taskId: 't',
  userId: 'u-ana',
  occurredAtMs: at,
  skill: 'triage',
  charge: { groupId: 'unassigned', costMicros: 100, rating: 'unpriced', priceVersion: 'fallback' },
  attribution: 'unassigned',
};
const job = (changes: Partial<CorrectionJob>): CorrectionJob => ({
  jobId: 'j',
  kind: 'rerating',
  status: 'running',
  startedAt: '',
  finishedAt: null,
  throughPosition: 9,
  scannedPosition: 0,
  correctedRecords: 0,
  rerating: null,
  reattribution: null,
  ...changes,
});
const newPrice = () => ({ costMicros: 40, rating: 'priced' as const, priceVersion: 'own:m@always#1' });

describe('a void', () => {
  it('takes the record out with the charge it has now', () => {
    const charge: Charge = { groupId: 'eng', costMicros: 40, rating: 'priced', priceVersion: 'p' };
    const events = decideVoid({ record, charge });
    assert.ok(!isRefusal(events));
    assert.deepEqual(
      events.map(({ type, data }) => [type, 'rows' in data && [data.rows[0].before, data.rows[0].after]]),
      [['RecordVoided', [charge, null]]],
    );
  });

  it('of a void record is refused', () => {
    const refused = decideVoid({ record, charge: null });
    assert.equal(isRefusal(refused) && refused.code, 'alreadyVoided');
  });
});

describe('a re-rating', () => {
  const rerating = { model: 'm', fromMs: at, priceVersion: 'own:m@always#1' };
  const cases: readonly (readonly [string, Partial<Charge> | null, Partial<MeteredRow>, string, number | undefined])[] =
    [
      ['an unpriced record gets the price', {}, {}, 'm', 40],
      ['a record priced otherwise gets the price', { rating: 'priced', priceVersion: 'old' }, {}, 'm', 40],
      ['a reported cost stays', { rating: 'reported', priceVersion: '' }, {}, 'm', undefined],
      ['a void record stays void', null, {}, 'm', undefined],
      ['another model is none of its business', {}, {}, 'n', undefined],
      ['a record before the price begins stays', {}, { occurredAtMs: at - 1 }, 'm', undefined],
      ['what is rated so already stays', { rating: 'priced', priceVersion: 'own:m@always#1' }, {}, 'm', undefined],
    ];
  for (const [what, charge, changes, model, cost] of cases) {
    it(what, () => {
      const standing = { record: { ...record, ...changes }, charge: charge && { ...record.charge, ...charge } };
      assert.equal(correctionOf(job({ rerating }), standing, model, newPrice)?.after?.costMicros, cost);
    });
  }

  it('by a fallback price concerns unpriced records of any model, and no others', () => {
    const fallback = job({ rerating: { ...rerating, model: '' } });
    const priced: Charge = { ...record.charge, rating: 'priced' };
    assert.equal(correctionOf(fallback, { record, charge: record.charge }, 'x', newPrice)?.after?.costMicros, 40);
    assert.equal(correctionOf(fallback, { record, charge: priced }, 'x', newPrice), undefined);
  });
});

describe('a re-attribution', () => {
  const reattribution = { filter: {}, fromMs: at, toMs: at + 1, groupId: 'eng' };
  const cases: readonly (readonly [
    string,
    Partial<typeof reattribution> & { filter?: object },
    Partial<MeteredRow>,
    boolean,
  ])[] = [
    ['moves what occurred in the range', {}, {}, true],
    ['does not include its end', {}, { occurredAtMs: at + 1 }, false],
    ['leaves what occurred before', {}, { occurredAtMs: at - 1 }, false],
    ['asks for the group charged now', { filter: { group: 'unassigned' } }, {}, true],
    ['leaves other groups', { filter: { group: 'ops' } }, {}, false],
    ['leaves other users', { filter: { user: 'u-bob' } }, {}, false],
    ['asks for every part of the filter', { filter: { user: 'u-ana', source: 's', skill: 'triage' } }, {}, true],
    ['leaves other skills', { filter: { user: 'u-ana', skill: 'x' } }, {}, false],
    ['leaves what is there already', { groupId: 'unassigned' }, {}, false],
  ];
  for (const [what, changes, recordChanges, moved] of cases) {
    it(what, () => {
      const standing = { record: { ...record, ...recordChanges }, charge: record.charge };
      const correction = correctionOf(job({ reattribution: { ...reattribution, ...changes } }), standing, '', newPrice);
      assert.equal(correction?.after?.groupId, moved ? 'eng' : undefined);
      if (moved) assert.equal(correction?.after?.costMicros, record.charge.costMicros);
    });
  }
});

describe('which prices still have records to re-rate', () => {
  const price = { priceVersion: 'p1', model: 'm', fromMs: 0 };

  it('a publication needs a job through its own position, and is done when that has finished', () => {
    const view = correctionsView();
    view.notePublication(price, 5);
    const [due] = view.due();
    assert.equal(due.neededThrough, 5);
    view.apply(ratingJob(due), 0, 'now');
    assert.deepEqual(
      view.running().map(({ jobId }) => jobId),
      ['rerating:1:5'],
    );
    view.apply({ type: 'CorrectionFinished', data: { jobId: 'rerating:1:5', correctedRecords: 0 } }, 1, 'now');
    assert.deepEqual([view.due(), view.running()], [[], []]);
  });

  it('records that were rated without it and stored after it need another job', () => {
    const view = correctionsView();
    view.notePublication(price, 5);
    view.apply(ratingJob(view.due()[0]), 0, 'now');
    view.noteRating(7, 0);
    view.apply({ type: 'CorrectionFinished', data: { jobId: 'rerating:1:5', correctedRecords: 0 } }, 1, 'now');
    assert.deepEqual(
      view.due().map(({ neededThrough }) => neededThrough),
      [7],
    );
    view.noteRating(9, 1);
    assert.deepEqual(
      view.due().map(({ neededThrough }) => neededThrough),
      [7],
      'who knew the price needs none',
    );
  });

  it('comes back from a snapshot as it was', () => {
    const view = correctionsView();
    view.notePublication(price, 5);
    view.apply(ratingJob(view.due()[0]), 0, 'now');
    view.apply({ type: 'RecordsCorrected', data: { jobId: 'rerating:1:5', rows: [], scannedPosition: 3 } }, 1, 'now');
    const restored = correctionsView();
    restored.load(JSON.parse(JSON.stringify(view.save())) as object);
    assert.deepEqual(restored.save(), view.save());
    assert.equal(restored.job('rerating:1:5')?.scannedPosition, 3);
  });
});

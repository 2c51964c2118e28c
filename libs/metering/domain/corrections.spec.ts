import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import { correctionOf, decideVoid, type Pricing, ratingJob, type CurrentRecord } from './corrections.js';
import { stored } from '#test/support/stored.js';
import { FoldContext } from '#event-sourcing/fold-context.js';
import { publication } from '#prices/domain/prices.slots.js';
import { CorrectionsView } from './corrections.view.js';
import type { CorrectionJob } from './corrections.view.js';
import { isBuiltIn, isRatedBy } from '#prices/domain/price-alias.js';
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
  leftUnrated: 0,
  rerating: null,
  range: null,
  reattribution: null,
  ...changes,
});
const names = { isRatedBy, isBuiltIn };
const newPrice = { costMicros: 40, rating: 'priced' as const, priceVersion: 'own:m@always#1' };
const maxMicrosAt = () => 1_000;
const pricing: Pricing = { rateAgain: () => newPrice, maxMicrosAt };

/** What the correction makes of the charge; undefined if there is none. */
const afterOf = (
  of: CorrectionJob,
  standing: CurrentRecord,
  by: Pricing,
): Charge | null | 'leftUnrated' | undefined => {
  const correction = correctionOf(of, standing, by, names);
  return typeof correction === 'object' ? correction.after : correction;
};
const costOf = (of: CorrectionJob, standing: CurrentRecord, by: Pricing): number | 'leftUnrated' | undefined => {
  const after = afterOf(of, standing, by);
  return typeof after === 'object' ? after?.costMicros : after;
};

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
  const cases: readonly (readonly [string, Partial<Charge> | null, Partial<MeteredRow>, number | undefined])[] = [
    ['an unpriced record gets the price', {}, {}, 40],
    ['a record priced otherwise gets the price', { rating: 'priced', priceVersion: 'old' }, {}, 40],
    ['a record over a reported 0 gets the price', { rating: 'unpricedOverZero' }, {}, 40],
    ['a reported cost stays', { rating: 'reported', priceVersion: '' }, {}, undefined],
    ['a void record stays void', null, {}, undefined],
    ['a record before the price begins stays', {}, { occurredAtMs: at - 1 }, undefined],
    ['what is rated so already stays', { rating: 'priced', priceVersion: 'own:m@always#1' }, {}, undefined],
  ];
  for (const [what, charge, changes, cost] of cases) {
    it(what, () => {
      const standing = { record: { ...record, ...changes }, charge: charge && { ...record.charge, ...charge } };
      assert.equal(costOf(job({ rerating }), standing, pricing), cost);
    });
  }

  it('concerns only what its price is found for now, behind an alias, too', () => {
    const standing = { record, charge: record.charge };
    const unpriced = { ...standing, charge: { ...standing.charge, priceVersion: 'builtIn:fallback@always' } };
    const correctedBy = (priceVersion: string) =>
      costOf(job({ rerating }), unpriced, { rateAgain: () => ({ ...newPrice, priceVersion }), maxMicrosAt });
    assert.equal(correctedBy('own:m-20260101@always#2'), undefined);
    assert.equal(correctedBy('builtIn:m@always'), undefined);
    assert.equal(correctedBy('alias#4>own:m@always#1'), 40);
  });

  it('takes from a record what another publication said and the look-up no longer finds, and no built-in price', () => {
    const rateAgain = () => ({ ...newPrice, priceVersion: 'builtIn:m@always' });
    const correctedFrom = (priceVersion: string) =>
      costOf(job({ rerating }), { record, charge: { ...record.charge, priceVersion } }, { rateAgain, maxMicrosAt });
    assert.equal(correctedFrom('own:m@always#0'), 40);
    assert.equal(correctedFrom('alias#2>builtIn:n@always'), 40);
    assert.equal(correctedFrom('builtIn:fallback@always'), undefined);
  });

  it('of a range takes what the look-up finds, whoever published it, in that range only', () => {
    const range = { fromMs: at, toMs: at + 1, dryRun: false, records: 0, differenceMicros: '0' };
    const correctedAt = (occurredAtMs: number) =>
      costOf(
        job({ kind: 'rangeRerating', range }),
        { record: { ...record, occurredAtMs }, charge: record.charge },
        pricing,
      );
    assert.deepEqual([at - 1, at, at + 1].map(correctedAt), [undefined, 40, undefined]);
  });

  it('keeps saying that the sender reported 0', () => {
    const asked: boolean[] = [];
    for (const rating of ['unpricedOverZero', 'unpriced'] as const) {
      const standing = { record, charge: { ...record.charge, rating } };
      const rateAgain: Pricing['rateAgain'] = (_, overZero) => (asked.push(overZero), newPrice);
      correctionOf(job({ rerating }), standing, { rateAgain, maxMicrosAt }, names);
    }
    assert.deepEqual(asked, [true, false]);
  });
});

describe('a re-rating leaves a record as it was and counts it', () => {
  const range = { fromMs: at, toMs: at + 1, dryRun: false, records: 0, differenceMicros: '0' };
  const jobs = {
    publication: job({ rerating: { model: 'm', fromMs: at, priceVersion: 'own:m@always#1' } }),
    range: job({ kind: 'rangeRerating', range }),
  };
  type Rated = ReturnType<Pricing['rateAgain']>;
  const unrated = (priceVersion: string | null): Rated => ({ costMicros: null, priceVersion });
  const costing = (costMicros: number): Rated => ({ ...newPrice, costMicros });
  const own: Partial<Charge> = { priceVersion: 'own:m@always#0' };
  const builtIn: Partial<Charge> = { priceVersion: 'builtIn:fallback@always' };
  const cases: readonly (readonly [
    string,
    keyof typeof jobs,
    Partial<Charge>,
    Rated,
    number | 'leftUnrated' | undefined,
  ])[] = [
    ['that would cost more than one record may', 'publication', builtIn, costing(1_001), 'leftUnrated'],
    ['unless it costs just that', 'publication', builtIn, costing(1_000), 1_000],
    ['unless it becomes no dearer', 'publication', { ...builtIn, costMicros: 1_002 }, costing(1_001), 1_001],
    ['that would cost more than an amount holds', 'publication', builtIn, unrated('own:m@always#1'), 'leftUnrated'],
    ['not for the price of another model', 'publication', builtIn, unrated('own:n@always#2'), undefined],
    ['not for the price it has', 'publication', own, unrated('own:m@always#0'), undefined],
    ['whose price is gone without another', 'publication', own, unrated(null), 'leftUnrated'],
    ['not where no publication is concerned', 'publication', builtIn, unrated(null), undefined],
    ['of a range, for any reason', 'range', builtIn, unrated(null), 'leftUnrated'],
  ];
  for (const [what, kind, charge, rated, expected] of cases) {
    it(what, () => {
      const standing = { record, charge: { ...record.charge, ...charge } };
      assert.equal(costOf(jobs[kind], standing, { rateAgain: () => rated, maxMicrosAt }), expected);
    });
  }

  it('by the ceiling of when it occurred', () => {
    const asked: number[] = [];
    const ceiling = (occurredAtMs: number) => (asked.push(occurredAtMs), 39);
    const by = { rateAgain: () => newPrice, maxMicrosAt: ceiling };
    assert.equal(costOf(jobs.range, { record, charge: { ...record.charge, costMicros: 1 } }, by), 'leftUnrated');
    assert.deepEqual(asked, [at]);
  });

  it('step by step, in a dry run, too', () => {
    const view = new CorrectionsView();
    const context = new FoldContext();
    const started = { fromMs: 0, toMs: 1, throughPosition: 9 };
    const step = { leftUnrated: 2, scannedPosition: 3 };
    for (const dryRun of [false, true]) {
      const jobId = String(dryRun);
      view.apply(stored({ type: 'RangeReratingStarted', data: { ...started, jobId, dryRun } }), context);
      for (let steps = 0; steps < 2; steps++) {
        const estimated = { jobId, records: 0, differenceMicros: '0', ...step };
        if (dryRun) view.apply(stored({ type: 'CorrectionsEstimated', data: estimated }), context);
        else view.apply(stored({ type: 'RecordsCorrected', data: { jobId, rows: [], ...step } }), context);
      }
      assert.deepEqual([view.job(jobId)?.leftUnrated, view.job(jobId)?.correctedRecords], [4, 0]);
    }
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
      const after = afterOf(job({ reattribution: { ...reattribution, ...changes } }), standing, pricing);
      assert.deepEqual(after, moved ? { ...record.charge, groupId: 'eng' } : undefined);
    });
  }
});

describe('which prices still have records to re-rate', () => {
  const at = new FoldContext();
  const publish = (view: CorrectionsView, position: number): void => {
    at.put(publication, { priceVersion: 'p1', model: 'm', fromMs: 0 });
    view.apply(stored({ type: 'PricePublished', data: {} }, { position }), at);
  };
  const meter = (view: CorrectionsView, position: number, pricesKnown: number): void => {
    view.apply(stored({ type: 'RecordsMetered', data: { pricesKnown } }, { position }), at);
  };

  it('a publication needs a job through its own position, and is done when that has finished', () => {
    const view = new CorrectionsView();
    publish(view, 5);
    const [due] = view.due();
    assert.equal(due.neededThrough, 5);
    view.apply(stored(ratingJob(due)), at);
    assert.deepEqual(
      view.running().map(({ jobId }) => jobId),
      ['rerating:1:5'],
    );
    view.apply(
      stored({ type: 'CorrectionFinished', data: { jobId: 'rerating:1:5', correctedRecords: 0 } }, { revision: 1 }),
      at,
    );
    assert.deepEqual([view.due(), view.running()], [[], []]);
  });

  it('records that were rated without it and stored after it need another job', () => {
    const view = new CorrectionsView();
    publish(view, 5);
    view.apply(stored(ratingJob(view.due()[0])), at);
    meter(view, 7, 0);
    view.apply(
      stored({ type: 'CorrectionFinished', data: { jobId: 'rerating:1:5', correctedRecords: 0 } }, { revision: 1 }),
      at,
    );
    assert.deepEqual(
      view.due().map(({ neededThrough }) => neededThrough),
      [7],
    );
    meter(view, 9, 1);
    assert.deepEqual(
      view.due().map(({ neededThrough }) => neededThrough),
      [7],
      'who knew the price needs none',
    );
  });

  it('comes back from a snapshot as it was', () => {
    const view = new CorrectionsView();
    publish(view, 5);
    view.apply(stored(ratingJob(view.due()[0])), at);
    view.apply(
      stored(
        { type: 'RecordsCorrected', data: { jobId: 'rerating:1:5', rows: [], scannedPosition: 3 } },
        { revision: 1 },
      ),
      at,
    );
    const restored = new CorrectionsView();
    restored.load(JSON.parse(JSON.stringify(view.save())) as object);
    assert.deepEqual(restored.save(), view.save());
    assert.equal(restored.job('rerating:1:5')?.scannedPosition, 3);
  });
});

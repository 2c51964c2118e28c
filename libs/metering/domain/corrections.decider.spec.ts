import assert from 'node:assert/strict';
import { isRefusal, refuse } from '#kernel/refusal.js';
import type { CorrectionStep } from './correction-step.js';
import type { CurrentRecord } from './corrections.js';
import { type CorrectionCommand, correctionsDecider, type CorrectionsState } from './corrections.decider.js';
import type { CorrectionJob } from './corrections.view.js';
import type { CorrectedRow, CorrectionEvent } from './metering.events.js';

const charge = { groupId: 'eng', costMicros: 100, rating: 'reported', priceVersion: '' } as const;
const standing: CurrentRecord = {
  record: { source: 's', id: '1', taskId: 't', userId: 'u', occurredAtMs: 5, charge, attribution: 'record' },
  charge,
};
const due = { number: 2, priceVersion: 'p', model: 'm', fromMs: 3, neededThrough: 7, doneThrough: 0 };
const job: CorrectionJob = {
  jobId: 'j',
  kind: 'rangeRerating',
  status: 'running',
  startedAt: '',
  finishedAt: null,
  throughPosition: 9,
  scannedPosition: 4,
  correctedRecords: 6,
  leftUnrated: 0,
  rerating: null,
  range: { fromMs: 0, toMs: 9, dryRun: false, records: 0, differenceMicros: '0' },
  reattribution: null,
};
const dryRun: CorrectionJob = {
  ...job,
  range: { fromMs: 0, toMs: 9, dryRun: true, records: 0, differenceMicros: '0' },
};
const row: CorrectedRow = {
  ...{ source: 's', id: '1', occurredAtMs: 5, taskId: 't', userId: 'u', model: '', scheduleId: '', skill: '' },
  ...{ plugin: '', connector: '' },
  trigger: '',
  before: charge,
  after: { ...charge, costMicros: 70 },
};
const step = (changes: Partial<CorrectionStep>): CorrectionStep => ({
  rows: [],
  leftUnrated: 0,
  scannedPosition: 8,
  isLast: false,
  ...changes,
});

const meta = { commandId: 'key-abc:def', nowMs: 0, actor: 'apiKey:a', reason: 'a test' };
const range = { fromMs: 1, toMs: 2, dryRun: false };
const reattribution = { filter: {}, fromMs: 1, toMs: 2, groupId: 'ops' };
const voidIt: CorrectionCommand = { type: 'VoidRecord', data: { source: 's', id: '1' }, meta };
const rerate: CorrectionCommand = { type: 'RerateRange', data: range, meta };
const reattribute: CorrectionCommand = { type: 'ReattributeRecords', data: reattribution, meta };
const begin: CorrectionCommand = { type: 'BeginRerating', data: { priceVersion: 'p' }, meta };
const advance: CorrectionCommand = { type: 'AdvanceCorrection', data: { jobId: 'j' }, meta };

type Expected = readonly (readonly [type: CorrectionEvent['type'], data: object])[] | string;
const rows: readonly (readonly [string, CorrectionCommand, Partial<CorrectionsState>, Expected])[] = [
  ['a void of what was never metered is refused', voidIt, {}, 'unknownRecord'],
  ['a void of what is void is refused', voidIt, { standing: { ...standing, charge: null } }, 'alreadyVoided'],
  [
    'a re-rating of a range looks at what the views know',
    rerate,
    { position: 7 },
    [['RangeReratingStarted', { ...range, jobId: 're-rate:abc', throughPosition: 7 }]],
  ],
  [
    'so does a re-attribution',
    reattribute,
    { position: 7 },
    [['ReattributionStarted', { ...reattribution, jobId: 'reattribution:abc', throughPosition: 7 }]],
  ],
  ['a group that cannot be charged', reattribute, { noGroup: refuse('unknownGroup', 'Not there.') }, 'unknownGroup'],
  [
    'a price that records need begins a job',
    begin,
    { due },
    [['ReratingStarted', { jobId: 'rerating:2:7', model: 'm', fromMs: 3, priceVersion: 'p', throughPosition: 7 }]],
  ],
  ['a price that no record needs', begin, {}, []],
  ['a price whose job runs', begin, { due, job }, []],
  [
    'a price that has become due again',
    begin,
    { due, job: { ...job, status: 'finished' } },
    [['ReratingStarted', { jobId: 'rerating:2:7', model: 'm', fromMs: 3, priceVersion: 'p', throughPosition: 7 }]],
  ],
  ['a job that is not there', advance, { step: step({}) }, []],
  ['a job that has finished', advance, { job: { ...job, status: 'finished' }, step: step({}) }, []],
  [
    'a step that found nothing says how far it came',
    advance,
    { job, step: step({}) },
    [['RecordsCorrected', { jobId: 'j', rows: [], scannedPosition: 8 }]],
  ],
  [
    'a step corrects what it found, even the last',
    advance,
    { job, step: step({ rows: [row], leftUnrated: 2, isLast: true }) },
    [['RecordsCorrected', { jobId: 'j', rows: [row], leftUnrated: 2, scannedPosition: 8 }]],
  ],
  [
    'a dry run says what it would correct',
    advance,
    { job: dryRun, step: step({ rows: [row, row] }) },
    [['CorrectionsEstimated', { jobId: 'j', records: 2, differenceMicros: '-60', scannedPosition: 8 }]],
  ],
  [
    'the last step that found nothing finishes the job',
    advance,
    { job, step: step({ isLast: true }) },
    [['CorrectionFinished', { jobId: 'j', correctedRecords: 6 }]],
  ],
];

describe('what is decided about corrections', () => {
  for (const [what, command, found, expected] of rows) {
    it(what, () => {
      const outcome = correctionsDecider.decide(command, { ...correctionsDecider.initial, ...found });
      if (isRefusal(outcome)) assert.equal(outcome.code, expected);
      else {
        assert.deepEqual(
          outcome.map(({ type, data }) => [type, data]),
          expected,
        );
      }
    });
  }
});

import type { Append } from '#ports/event-log.js';
import { noStream } from '#ports/event-log.js';
import { proposeEvent } from '#ports/propose-event.js';
import { isRefusal } from '#kernel/refusal.js';
import { type Engine, startEngine, storedBy } from './event-store-engine.js';
import { recordsOf } from './records.js';
import { median, spread } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const rounds = 3;
const durability = `${storedBy}; copied to disk and folded before the answer`;
const goal = 'issue: at least 0.7';

/** A workload: what a round is made of, made before the clock starts, and how many of `unit` it does. */
interface Workload {
  readonly what: string;
  readonly unit: string;
  readonly count: number;
  readonly prepare: (number: number) => () => Promise<void>;
}

/** The engine on an event store, against the client alone that appends the same events in as few messages. */
export const eventStoreRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const engine = await startEngine(directory);
    const service = await engine.startService();
    const workloads = [
      ...[33_000, 500].map((bytes) => logWorkload(engine, bytes)),
      ...[100, 1_000].map((perRequest) => ingestWorkload(service, perRequest)),
      decisionWorkload(service),
    ];
    const rows: Row[] = [];
    for (const workload of workloads) rows.push(...(await measured(workload, engine)));
    await service.kill();
    await engine.stop();
    return rows;
  });

/** Engine and ceilings take turns, so that noise meets all of them. */
const measured = async ({ what, unit, count, prepare }: Workload, engine: Engine): Promise<Row[]> => {
  const rates: number[] = [];
  const ceilings = { 'the client appends': [] as number[], 'the client appends and reads back': [] as number[] };
  const show = (value: number): string => `${Math.round(value).toLocaleString('en-US')} ${unit}/s`;
  // Compiled code first: round 0 is not counted.
  for (let number = 0; number <= rounds; number++) {
    engine.calls.length = 0;
    const run = prepare(number);
    const startedMs = performance.now();
    await run();
    const seconds = (performance.now() - startedMs) / 1_000;
    const calls = [...engine.calls];
    const alone = await engine.replayBare(calls, false);
    const readBack = await engine.replayBare(calls, true);
    if (number === 0) continue;
    rates.push(count / seconds);
    ceilings['the client appends'].push(count / alone);
    ceilings['the client appends and reads back'].push(count / readBack);
  }
  return Object.entries(ceilings).map(([name, of], place) => ({
    workload: 'event store',
    what,
    figure: `${show(median(rates))} (${spread(rates, show)})`,
    ceiling: `${name}: ${show(median(of))} (${spread(of, show)})`,
    ratio: median(rates) / median(of),
    ...(place === 0 && { goal }),
    durability,
  }));
};

/** Events of one size at the port, all at once, to one stream. */
const logWorkload = ({ log }: Engine, bytes: number): Workload => {
  const count = Math.min(3_000, Math.floor(10_000_000 / bytes));
  const meta = { commandId: 'bench', now: '2026-11-21T10:00:00.000Z', actor: 'system:bench', reason: '' };
  return {
    what: `log port, events of ${bytes.toLocaleString('en-US')} bytes, ${String(count)} at once`,
    unit: 'events',
    count,
    prepare: (number) => {
      const stream = `port-${String(bytes)}-${String(number)}`;
      const appends = Array.from({ length: count }, (_, place): Append => {
        const event = { type: 'Benched', data: { text: 'x'.repeat(bytes - 150), place } };
        return { stream, expectedRevision: noStream + place, events: [proposeEvent(stream, place, event, meta)] };
      });
      return async () => {
        for (const { code } of await log.appendMany(appends)) {
          if (code !== 'stored') throw new Error('an append was not stored');
        }
      };
    },
  };
};

type Service = Awaited<ReturnType<Engine['startService']>>;

const callers = 16;
const recordsPerRound = 40_000;

/** Ingest without HTTP: callers that wait for each answer, as connections do. */
const ingestWorkload = ({ ingest }: Service, perRequest: number): Workload => ({
  what: `ingest, ${String(perRequest)} a request, ${String(callers)} callers`,
  unit: 'records',
  count: recordsPerRound,
  prepare: (number) => {
    const seed = 1_000 * perRequest + number;
    const next = recordsOf({ seed, nowMs: Date.now(), overMs: 600_000, duplicates: 0.01, invalid: 0 });
    const requests = Array.from({ length: recordsPerRound / perRequest }, () =>
      Array.from({ length: perRequest }, next),
    );
    const caller = { actor: 'apiKey:bench', source: null, groups: null, allowOld: false };
    const work = async (): Promise<void> => {
      for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
        const { rejected } = await ingest.accept(request, caller);
        if (rejected.length > 0) throw new Error('a record was rejected');
      }
    };
    return async () => {
      await Promise.all(Array.from({ length: callers }, work));
    };
  },
});

const askers = 64;
const asksPerRound = 3_200;

/** Grants, each for a task of its own. */
const decisionWorkload = ({ fanOuts }: Service): Workload => ({
  what: `decisions, ${String(askers)} callers`,
  unit: 'decisions',
  count: asksPerRound,
  prepare: (number) => {
    let asked = 0;
    const work = async (): Promise<void> => {
      for (let place = asked++; place < asksPerRound; place = asked++) {
        const id = `${String(number)}-${String(place)}`;
        const request = {
          requestId: id,
          groupId: `g-${String(place % 100)}`,
          userId: `u-${id}`,
          taskId: `t-${id}`,
          items: 1,
          estimatedCostMicrosPerItem: 1_000,
        };
        const answer = await fanOuts.ask(request, { commandId: id, actor: 'apiKey:bench', reason: '' });
        if (isRefusal(answer) || answer.decision !== 'granted') throw new Error('a request was not granted');
      }
    };
    return async () => {
      await Promise.all(Array.from({ length: askers }, work));
    };
  },
});

import { randomUUID } from 'node:crypto';
import type { PackableEvent } from '#event-log-eventstore/stored-form.js';
import { isRefusal } from '#kernel/refusal.js';
import { type Append, noStream } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { asStored, eachAlone } from './bare-client.js';
import { type Engine, type Engines, startEngines, storedBy } from './event-store-engine.js';
import { recordsOf } from './records.js';
import { median, spread } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const rounds = 3;
const durability = `${storedBy}; copied to disk and folded before the answer`;
const goal = 'issue: at least 0.7';

/** A workload: how many of `unit` a round does. All that a round is given is made before the clock starts. */
interface Workload {
  readonly what: string;
  readonly unit: string;
  readonly count: number;
  /** How many are asked for at a time. */
  readonly atOnce: number;
  readonly prepare: (number: number) => Round;
}

interface Round {
  readonly run: (engine: Engine) => Promise<void>;
  /** The same things, one event each, as a client would append them that packs nothing; the engine's events if left out. */
  readonly alone?: readonly PackableEvent[];
}

/** The engine in an event store, against the client alone, and against itself on a log of its own. */
export const eventStoreRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const engines = await startEngines(directory);
    const workloads = [
      ...[33_000, 500].map((bytes) => logWorkload(bytes)),
      ...[100, 1_000].map((perRequest) => ingestWorkload(perRequest)),
      ...[64, 256].map((askers) => decisionWorkload(askers)),
    ];
    const rows: Row[] = [];
    for (const workload of workloads) rows.push(...(await measured(workload, engines)));
    await engines.stop();
    return rows;
  });

const ceilings = [
  'the client appends each as an event',
  'the client appends each as an event and reads them back',
  'the client appends them as Bursar packs them',
  'the same on the embedded log',
] as const;

/** Engine and ceilings take turns, so that noise meets all of them. */
const measured = async (workload: Workload, engines: Engines): Promise<Row[]> => {
  const { shared, embedded } = engines;
  const { what, unit, count, atOnce, prepare } = workload;
  const seconds: number[][] = [];
  // Compiled code first: round 0 is not counted.
  for (let number = 0; number <= rounds; number++) {
    const { run, alone } = prepare(number);
    shared.appends.length = 0;
    const engine = await timed(() => run(shared));
    const appends = [...shared.appends];
    const each = eachAlone(alone ?? appends.flatMap(({ events }) => events), atOnce);
    const bare = [
      await engines.replay(each, false),
      await engines.replay(each, true),
      await engines.replay(asStored(appends), false),
    ];
    const own = await timed(() => run(embedded));
    if (number > 0) seconds.push([engine, ...bare, own]);
  }
  const show = (value: number): string => `${Math.round(value).toLocaleString('en-US')} ${unit}/s`;
  const rates = (place: number): readonly number[] => seconds.map((round) => count / round[place]);
  const shown = (place: number): string => `${show(median(rates(place)))} (${spread(rates(place), show)})`;
  return ceilings.map((ceiling, place) => ({
    workload: 'event store',
    what,
    figure: shown(0),
    ceiling: `${ceiling}: ${shown(1 + place)}`,
    ratio: median(rates(0)) / median(rates(1 + place)),
    ...(place === 0 && { goal }),
    durability,
  }));
};

const timed = async (run: () => Promise<void>): Promise<number> => {
  const startedMs = performance.now();
  await run();
  return (performance.now() - startedMs) / 1_000;
};

/** As many callers as there are items under way, each of which waits for an answer before it goes on, as connections do. */
const inTurn = async <T>(callers: number, items: readonly T[], call: (item: T) => Promise<void>): Promise<void> => {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) await call(items[next++]);
  };
  await Promise.all(Array.from({ length: callers }, work));
};

/** Events of one size at the port, all at once, to one stream. */
const logWorkload = (bytes: number): Workload => {
  const count = Math.min(3_000, Math.floor(10_000_000 / bytes));
  const meta = { commandId: 'bench', now: '2026-11-21T10:00:00.000Z', actor: 'system:bench', reason: '' };
  return {
    what: `log port, events of ${bytes.toLocaleString('en-US')} bytes, ${String(count)} at once`,
    unit: 'events',
    count,
    atOnce: count,
    prepare: (number) => {
      const stream = `port-${String(bytes)}-${String(number)}`;
      const appends = Array.from({ length: count }, (_, place): Append => {
        const event = { type: 'Benched', data: { text: 'x'.repeat(bytes - 150), place } };
        return { stream, expectedRevision: noStream + place, events: [proposeEvent(stream, place, event, meta)] };
      });
      return {
        run: async ({ log }) => {
          for (const { code } of await log.appendMany(appends)) {
            if (code !== 'stored') throw new Error('an append was not stored');
          }
        },
      };
    },
  };
};

const callers = 16;
const recordsPerRound = 40_000;

/** Ingest without HTTP. */
const ingestWorkload = (perRequest: number): Workload => ({
  what: `ingest, ${String(perRequest)} a request, ${String(callers)} callers`,
  unit: 'records',
  count: recordsPerRound,
  atOnce: callers * perRequest,
  prepare: (number) => {
    const seed = 1_000 * perRequest + number;
    const next = recordsOf({ seed, nowMs: Date.now(), overMs: 600_000, duplicates: 0.01, invalid: 0 });
    const requests = Array.from({ length: recordsPerRound / perRequest }, () =>
      Array.from({ length: perRequest }, next),
    );
    const caller = { actor: 'apiKey:bench', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
    const asItCame = (record: object): PackableEvent => ({
      id: randomUUID(),
      type: 'Metered',
      bytes: Buffer.from(JSON.stringify(record)),
    });
    return {
      run: ({ service: { ingest } }) =>
        inTurn(callers, requests, async (request) => {
          const { rejected } = await ingest.accept(request, caller);
          if (rejected.length > 0) throw new Error('a record was rejected');
        }),
      alone: requests.flat().map(asItCame),
    };
  },
});

const asksPerRound = 12_800;

/** Grants, each for a task of its own. */
const decisionWorkload = (askers: number): Workload => ({
  what: `decisions, ${String(askers)} callers`,
  unit: 'decisions',
  count: asksPerRound,
  atOnce: askers,
  prepare: (number) => {
    const requests = Array.from({ length: asksPerRound }, (_, place) => {
      const id = `${String(askers)}-${String(number)}-${String(place)}`;
      return {
        requestId: id,
        groupId: 'unassigned',
        userId: `u-${id}`,
        taskId: `t-${id}`,
        items: 1,
        estimatedCostMicrosPerItem: 1_000,
      };
    });
    return {
      run: ({ service: { fanOuts } }) =>
        inTurn(askers, requests, async (request) => {
          const asker = { commandId: request.requestId, actor: 'apiKey:bench', reason: '' };
          const answer = await fanOuts.ask(request, asker);
          if (isRefusal(answer) || answer.decision !== 'granted') throw new Error('a request was not granted');
        }),
    };
  },
});

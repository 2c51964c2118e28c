import type { LoadOrder, LoadResult } from './load.js';
import { load, startBursar, startCeiling } from './processes.js';
import type { Target } from './processes.js';
import { durable, median, milliseconds, perSecond, spread } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

/** Rounds of every workload; ceiling and service take turns, so that noise meets both. */
const rounds = 3;
const shapes = [
  { workload: 'B1', recordsPerRequest: 1, connections: 64, requests: 20_000, goal: 'at least 0.45 (issue: 0.40)' },
  { workload: 'B2', recordsPerRequest: 100, connections: 16, requests: 4_000, goal: 'at least 0.25' },
  { workload: 'B2', recordsPerRequest: 1_000, connections: 8, requests: 500, goal: 'at least 0.25 (issue: 0.20)' },
] as const;
type Shape = (typeof shapes)[number];

let seed = 1;

/** A run of one shape against one target. Every run has records of its own. */
export const orderOf = (
  { recordsPerRequest, connections, requests }: Omit<Shape, 'workload' | 'goal'> | LoadShape,
  target: Target,
  requestsPerSecond = 0,
): LoadOrder => ({
  kind: 'metering',
  groups: 1,
  port: target.port,
  key: target.key,
  seed: seed++,
  nowMs: Date.now(),
  connections,
  requests,
  recordsPerRequest,
  requestsPerSecond,
});

export interface LoadShape {
  readonly recordsPerRequest: number;
  readonly connections: number;
  readonly requests: number;
}

const checked = (result: LoadResult): LoadResult => {
  if (result.errors.length > 0) throw new Error(`the load met errors: ${result.errors.join('; ')}`);
  return result;
};

/** B1 and B2: durable ingest over HTTP, as a ratio to a server that only parses (and B0: that server, and Nest with zod). */
export const ingestRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const [sink, nest] = [await startCeiling('sink-process.js'), await startCeiling('nest-process.js')];
    const bursar = await startBursar(directory);
    const rows: Row[] = [];
    // Compiled code first: each server runs a while before it is measured.
    for (const target of [sink, bursar]) {
      checked(await load(orderOf({ recordsPerRequest: 100, connections: 16, requests: 1_000 }, target)));
    }
    for (const shape of shapes) rows.push(...(await measured(shape, sink, nest, bursar)));
    await Promise.all([sink.stop(), nest.stop(), bursar.stop()]);
    return rows;
  });

const measured = async (shape: Shape, sink: Target, nest: Target, bursar: Target): Promise<Row[]> => {
  const ceilings: number[] = [];
  const rates: number[] = [];
  const latenciesMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const ceiling = checked(await load(orderOf(shape, sink)));
    const service = checked(await load(orderOf(shape, bursar)));
    ceilings.push(ceiling.records / ceiling.seconds);
    rates.push(service.records / service.seconds);
    latenciesMs.push(service.p99Ms);
  }
  // The schema refuses a request with a record that is not in order as a whole: such answers are no errors of the echo.
  const echo = await load(orderOf(shape, nest));
  const what = `${String(shape.recordsPerRequest)} a request, ${String(shape.connections)} connections`;
  return [
    { workload: 'B0', what: `node:http sink, ${what}`, figure: perSecond(median(ceilings)), durability: 'none' },
    {
      workload: 'B0',
      what: `Nest + Fastify + zod, ${what}`,
      figure: perSecond(echo.records / echo.seconds),
      durability: 'none',
    },
    {
      workload: shape.workload,
      what,
      figure: `${perSecond(median(rates))} (${spread(rates, perSecond)}; p99 ${milliseconds(median(latenciesMs))})`,
      ceiling: `sink ${perSecond(median(ceilings))} (${spread(ceilings, perSecond)})`,
      ratio: median(rates) / median(ceilings),
      goal: shape.goal,
      durability: durable,
    },
  ];
};

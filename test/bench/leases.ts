import { isRefusal } from '#kernel/refusal.js';
import { type Admitting, startAdmitting } from '#test/simulation/admitting.js';
import { emptyDisk } from '#test/simulation/process.js';
import { median } from './report.js';
import type { Row } from './report.js';

const few = 10;
const many = 10_000;
const callers = 256;
const rounds = 200;
const warmUp = 20;
const asker = { commandId: 'bench', actor: 'apiKey:bench', reason: '' };

/** What a decision costs when few leases are live, and when many are. Both take turns, so that noise meets both. */
export const leaseRows = async (): Promise<Row[]> => {
  const desks = [await deskWith(few), await deskWith(many)];
  const costs: number[][] = [[], []];
  for (let round = -warmUp; round < rounds; round++) {
    for (const [place, desk] of desks.entries()) {
      const microseconds = await askAndRelease(desk, round);
      if (round >= 0) costs[place].push(microseconds);
    }
  }
  for (const desk of desks) await desk.kill();
  const [withFew, withMany] = costs.map(median);
  return [
    {
      workload: 'leases',
      what: `a decision, ${String(callers)} at once, with ${many.toLocaleString('en-US')} live leases`,
      figure: `${withMany.toFixed(1)} us`,
      ceiling: `with ${String(few)} live leases ${withFew.toFixed(1)} us`,
      ratio: withMany / withFew,
      goal: 'issue: no more than with 10',
      durability: 'in memory',
    },
  ];
};

const requestOf = (id: string, number: number) => ({
  requestId: id,
  groupId: 'unassigned',
  userId: `u-${String(number)}`,
  taskId: `t-${id}`,
  items: 1,
  estimatedCostMicrosPerItem: 1_000,
});

const deskWith = async (leases: number): Promise<Admitting> => {
  const process = await startAdmitting(emptyDisk(Date.UTC(2026, 10, 20, 9)));
  await asked(
    process,
    Array.from({ length: leases }, (_, number) => requestOf(`live-${String(number)}`, number)),
  );
  return process;
};

const asked = ({ fanOuts }: Admitting, requests: readonly ReturnType<typeof requestOf>[]): Promise<readonly string[]> =>
  Promise.all(
    requests.map(async (request) => {
      const answer = await fanOuts.ask(request, { ...asker, commandId: request.requestId });
      if (isRefusal(answer) || answer.decision !== 'granted') throw new Error('a request was not granted');
      return answer.lease.granted.fanOutId;
    }),
  );

/** Microseconds for each of as many grants as there are callers, and for its release. */
const askAndRelease = async (process: Admitting, round: number): Promise<number> => {
  const requests = Array.from({ length: callers }, (_, number) =>
    requestOf(`${String(round)}-${String(number)}`, number),
  );
  const startedMs = performance.now();
  const fanOutIds = await asked(process, requests);
  await Promise.all(fanOutIds.map((id) => process.fanOuts.release(id, { ...asker, commandId: `release ${id}` })));
  return ((performance.now() - startedMs) * 1_000) / callers;
};

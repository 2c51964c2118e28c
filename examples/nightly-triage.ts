import { setTimeout as wait } from 'node:timers/promises';
import { createBursar } from '#client/bursar.js';

/*
 * A scheduler that triages tickets, as many at once as Bursar grants: see docs/schedulers.md.
 *
 *   BURSAR_KEY=bursar_owner_... node dist/examples/nightly-triage.js
 */
const { BURSAR_URL = 'http://127.0.0.1:8080', BURSAR_KEY = '' } = process.env;
const bursar = createBursar({ url: BURSAR_URL, key: BURSAR_KEY });

// Ctrl-C ends the fan-out, not the process: what runs is told, and the lease is given back.
const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort();
});

const tickets = Array.from({ length: 12 }, (_, index) => `ticket-${String(index + 1)}`);
const night = new Date().toISOString();

const result = await bursar.fanOut(
  {
    requestId: `nightly-triage-${night}`,
    groupId: 'support',
    userId: 'u-elif',
    taskId: `nightly-triage-${night}`,
    items: tickets,
    concurrency: 4,
    estimatedCostMicrosPerItem: 20_000,
    skill: 'triage',
    leaseSeconds: 60,
    waitAtMostSeconds: 120,
    signal: stop.signal,
  },
  async (ticket, { index, concurrency, signal }) => {
    if (index === 0) console.log(`Granted: ${String(concurrency)} at once.`);
    // Here an agent reads the ticket; the signal should reach whatever it waits for.
    await wait(200, undefined, { signal });
    if (ticket === 'ticket-7') throw new Error('the ticket was deleted');
    const cost = {
      source: 'nightly-triage',
      id: `${night}/${ticket}`,
      taskId: `${night}/${ticket}`,
      parentTaskId: `nightly-triage-${night}`,
      userId: 'u-elif',
      skill: 'triage',
      occurredAt: new Date().toISOString(),
      costMicros: 18_250,
    };
    return { result: `${ticket} is triaged`, metering: [cost] };
  },
);

if (result.decision === 'denied') {
  console.log('Denied:');
  for (const { code, scope, limit, used, requested } of result.reasons) {
    const numbers =
      limit === null ? '' : `, ${String(used)} of ${String(limit)} in use, ${String(requested)} asked for`;
    console.log(`  ${code} (${scope}${numbers})`);
  }
  process.exitCode = 1;
} else {
  const done = result.items.filter(({ status }) => status === 'done');
  console.log(`${String(done.length)} of ${String(tickets.length)} are done; the fan-out is ${result.ended}.`);
  for (const [index, item] of result.items.entries()) {
    if (item.status === 'failed') console.log(`  ${tickets[index]} failed: ${String(item.error)}`);
    else if (item.status !== 'done') console.log(`  ${tickets[index]}: ${item.status}`);
  }
  const { accepted, unsent } = result.metering;
  console.log(
    `${String(accepted)} costs are metered, ${String(unsent.length)} are not; released: ${String(result.released)}.`,
  );
}

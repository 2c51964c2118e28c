import assert from 'node:assert/strict';
import { millisecondsInMinute } from 'date-fns/constants';
import { SystemClock } from '#system-clock/clock.js';
import { impatient, namespaceUnderTest } from '#test/eventstore/processes.js';
import { StandIn } from '#test/eventstore/stand-in.js';
import { checkEventStore } from './start-check.js';

const settings = {
  namespace: namespaceUnderTest,
  clock: new SystemClock(),
  patience: { ...impatient, attemptMs: 60_000, startMs: 200 },
};

/** Looks at a stand-in that was changed. */
const checked = async (change: (standIn: StandIn) => void): Promise<{ skewMs: number; standIn: StandIn }> => {
  const standIn = await StandIn.start();
  change(standIn);
  try {
    const { connectionString } = standIn;
    return { skewMs: await checkEventStore({ ...settings, connectionString }), standIn };
  } finally {
    await standIn.stop();
  }
};

const refused: readonly [name: string, change: (standIn: StandIn) => void, says: RegExp][] = [
  ['is not there', ({ way }) => (way.isClosed = true), /cannot be reached: see that it is up/],
  ['is too old', ({ faults }) => (faults.version = '23.6.1'), /version 23\.6\.1: update it to 23\.10 or later/],
  ['is too old to say so', ({ faults }) => (faults.version = undefined), /version unknown: update it/],
  ['takes no appends', ({ faults }) => (faults.deniesAppendsTo = ''), /does not let this user append: .*the right to/],
  ['follows another node', ({ faults }) => (faults.followsAnother = true), /does not lead its cluster: name all nodes/],
  [
    'is ahead in time',
    ({ store }) => (store.clockAheadMs = 3 * millisecondsInMinute),
    /is \d+ s behind that .* time server/,
  ],
  [
    'is behind in time',
    ({ store }) => (store.clockAheadMs = -3 * millisecondsInMinute),
    /is \d+ s ahead of that .* time server/,
  ],
];

const taken: readonly string[] = ['23.10.0', '23.10.1.0', '24.2.0-rc.1', '24.10.4', '25.0.0'];

describe('the look at an event store before a start', () => {
  for (const [name, change, says] of refused) {
    it(`refuses one that ${name}, and says what to do`, async () => {
      await assert.rejects(checked(change), { code: 'unavailable', detail: says });
    });
  }

  for (const version of taken) {
    it(`takes version ${version}`, async () => {
      const { skewMs, standIn } = await checked(({ faults }) => (faults.version = version));
      assert.equal(skewMs, 0);
      assert.equal(standIn.store.read(`${namespaceUnderTest}.start`).length, 1);
      assert.equal(standIn.store.after(0n).length, 1, 'nothing but the one event was stored');
    });
  }

  it('says by how much the clocks differ, where that is no reason to refuse', async () => {
    for (const aheadMs of [10_000, -10_000]) {
      const { skewMs } = await checked(({ store }) => (store.clockAheadMs = aheadMs));
      assert.equal(Math.sign(skewMs), Math.sign(aheadMs));
      // As long as an append took is not known to be skew.
      assert.ok(Math.abs(skewMs) <= Math.abs(aheadMs), String(skewMs));
    }
  });

  it('waits for one that comes a little later', async () => {
    const standIn = await StandIn.start();
    standIn.way.isClosed = true;
    const patience = { ...settings.patience, startMs: 60_000 };
    const looking = checkEventStore({ ...settings, patience, connectionString: standIn.connectionString });
    setTimeout(() => (standIn.way.isClosed = false), 100);
    assert.equal(await looking, 0);
    await standIn.stop();
  });
});

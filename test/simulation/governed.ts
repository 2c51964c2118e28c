import assert from 'node:assert/strict';
import type { Period } from '#kernel/days.js';
import type { CommandMeta } from '#kernel/decider.js';
import { SealAudit } from '#audit/sagas/seal-audit.saga.js';
import { Caps } from '#caps/queries/caps.js';
import { DeriveCaps } from '#caps/sagas/derive-caps.saga.js';
import { WatchCaps } from '#caps/sagas/watch-caps.saga.js';
import { WatchPace } from '#caps/sagas/watch-pace.saga.js';
import { WatchRunaways } from '#caps/sagas/watch-runaways.saga.js';
import { ClosePeriods } from '#periods/sagas/close-periods.saga.js';
import { ClosePeriod } from '#periods/commands/periods.commands.js';
import { StatementQueries } from '#periods/queries/statements.query.js';
import { registerSagas } from '#test/support/event-bus.js';
import { createFindings } from '#apps/cli/verify/findings.js';
import { createPlainChain, sealsIn } from '#apps/cli/verify/plain-chain.js';
import { type Disk, startProcess } from './process.js';
import { everyEvent } from './replays.js';

/** Every seal says what the plain way finds. Resolves to the positions that are sealed, in order. */
export const assertSealed = async (disk: Disk): Promise<readonly number[]> => {
  const findings = createFindings();
  const seals = await sealsIn(disk.log);
  const chain = createPlainChain(seals, findings.of('chain'));
  for (const event of await everyEvent(disk)) chain.apply(event);
  assert.deepEqual(findings.listed, []);
  assert.equal(chain.told().seals, seals.by.size);
  return [...seals.by.keys()];
};

export type Governed = Awaited<ReturnType<typeof startGoverned>>;

const sagas = [ClosePeriods, DeriveCaps, WatchCaps, WatchPace, WatchRunaways, SealAudit];

/** A process with its sagas, which look at what it folds and at ticks that the simulation gives. */
export const startGoverned = async (disk: Disk) => {
  const process = await startProcess(disk);
  const { get, feed, events, sagas: lanes } = process;
  registerSagas(
    events,
    sagas.map((saga) => get<object>(saga)),
  );
  process.tick();
  return {
    ...process,
    caps: get(Caps),
    closePeriod: (period: Period, meta: CommandMeta) => process.bus.execute(new ClosePeriod({ period }, meta)),
    statements: get(StatementQueries),
    /** Resolves when nothing is left to do: neither to correct, nor for a saga. */
    async rest(): Promise<void> {
      for (let position = -1; position !== feed.position;) {
        position = feed.position;
        await lanes.settled();
      }
    },
  };
};

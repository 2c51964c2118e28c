import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { FanOutDecision } from '#fan-out/commands/fan-out-answer.js';
import type { FanOutRequest } from '#fan-out/commands/fan-out-request.js';
import { heldIn, slotsOf } from '#test/support/plain-judge.js';
import { highestMicros } from '#test/support/poison.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { createPlainLeases, type Group, groups } from './plain-leases.js';
import { type Disk, emptyDisk } from './process.js';
import type { Form } from './writing.js';

/** Four hours before a month ends: some sequences live through its midnight. */
export const beginsMs = Date.UTC(2026, 10, 30, 20);
/** One of them can be written in two ways. */
export const users = ['ana', 'bo', 'ren\u00e9'] as const;
const scopes = ['organisation', ...groups.map((one) => `group:${one}`), ...users.map((one) => `user:${one}`)];

export type Room = Awaited<ReturnType<typeof createRoom>>;

/** The service and the plain lists, side by side. */
export const createRoom = async () => {
  const disk: Disk = emptyDisk(beginsMs);
  const plain = createPlainLeases();
  let process: Admitting = await startAdmitting(disk);
  let commands = 0;
  let names = 0;
  const meta = () => {
    const commandId = `c${String(++commands)}`;
    return { commandId, nowMs: disk.clock.now(), actor: 'apiKey:test', reason: 'a test' };
  };
  const room = {
    disk,
    plain,
    /** What every grant was asked with, to ask it again. */
    asked: new Map<string, { readonly wanted: FanOutRequest; readonly form: Form }>(),
    meta,
    process: () => process,
    /** A name that nobody has used; every other one can be written in two ways. */
    newName: (kind: string): string => `${kind}${String(++names)}${names % 2 === 0 ? '' : '\u00e9'}`,
    /** What the clock says, a millisecond later than before unless somebody has set it. */
    clockMs(): number {
      disk.clock.advance(1);
      return disk.clock.now();
    },
    /** When the next thing is decided. Whatever has expired by then is over. */
    nowMs(): number {
      const nowMs = plain.admissionMs(room.clockMs());
      plain.expire(nowMs);
      return nowMs;
    },
    /** Resolves when every record is charged by the prices that there are. */
    async corrected(): Promise<void> {
      const { corrections } = process.views;
      while (corrections.running().length > 0 || corrections.due().length > 0) {
        assert.equal(process.sagas.counted().get('correctRecords')?.failures, 0, 'no correction fails');
        await nextTurn();
      }
    },
    /** Another process takes over, from the last snapshot or from the log alone. */
    async crash(snapshotLost: boolean): Promise<void> {
      await process.kill();
      if (snapshotLost) await disk.snapshots.clear();
      process = await startAdmitting(disk);
    },
    async setCap(groupId: Group | null, capMicros: number, enforces: boolean): Promise<void> {
      const enforcement = enforces ? 'enforce' : 'alert';
      const settings = { policy: { kind: 'fixed', capMicros }, enforcement } as const;
      const outcome = await process.capPolicies.set(groupId, settings, true, meta());
      assert.ok(!isRefusal(outcome), JSON.stringify(outcome));
      plain.caps.set(groupId, { capMicros, enforces });
    },
    /** Laws 4 and 6: what the service counts is what the list of leases says. */
    compare(): void {
      const { admissions } = process.views;
      for (const scope of scopes) {
        assert.equal(admissions.slots(scope), slotsOf(scope, plain.leases), `live slots of ${scope}`);
        if (!scope.startsWith('user:')) {
          assert.equal(String(admissions.held(scope)), String(heldIn(scope, plain.leases)), `held in ${scope}`);
        }
      }
      for (const { fanOutId, state, slots, holdMicros, spentMicros, lender, expiresAtMs, endedAtMs } of plain.leases) {
        const known = admissions.lease(fanOutId);
        assert.deepEqual(
          [known?.state, known?.slots, known?.holdMicros, String(known?.spentMicros)],
          [state, slots, holdMicros, String(spentMicros)],
        );
        assert.deepEqual(
          [known?.expiresAtMs, known?.endedAtMs, known?.lender],
          [expiresAtMs, endedAtMs, lender === null ? null : plain.leases[lender].fanOutId],
        );
      }
    },
  };
  const zone = await process.organisation.configure(
    { timeZone: 'Etc/UTC', maxRecordMicros: highestMicros, from: '2026-01-01' },
    meta(),
  );
  assert.ok(!isRefusal(zone));
  for (const groupId of groups) {
    await process.directory.putGroup({ groupId, name: groupId }, meta());
    await room.setCap(groupId, 4_000, true);
  }
  return room;
};

export const granted = (answer: FanOutDecision | Refusal<string>): Extract<FanOutDecision, { decision: 'granted' }> => {
  assert.ok(!isRefusal(answer) && answer.decision === 'granted', inspect(answer, { depth: 5 }));
  return answer;
};

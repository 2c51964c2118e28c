import assert from 'node:assert/strict';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { FanOutAnswer } from '#application/fan-out/fan-out-answer.js';
import type { FanOutRequest } from '#application/fan-out/fan-out-request.js';
import { heldIn, slotsOf } from '#test/support/plain-judge.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { createPlainLeases, groups } from './plain-leases.js';
import { type Disk, emptyDisk } from './process.js';

/** Four hours before a month ends: some sequences live through its midnight. */
const beginsMs = Date.UTC(2026, 10, 30, 20);
const users = ['ana', 'bo'] as const;
const scopes = ['organisation', ...groups.map((one) => `group:${one}`), ...users.map((one) => `user:${one}`)];

export type Room = Awaited<ReturnType<typeof createRoom>>;

/** The service and the plain lists, side by side. */
export const createRoom = async () => {
  const disk: Disk = emptyDisk(beginsMs);
  const plain = createPlainLeases();
  let process: Admitting = await startAdmitting(disk);
  let commands = 0;
  const meta = () => {
    const commandId = `c${String(++commands)}`;
    return { commandId, nowMs: disk.clock.now(), actor: 'apiKey:test', reason: 'a test' };
  };
  const room = {
    disk,
    plain,
    /** What every grant was asked with, to ask it again. */
    asked: new Map<string, FanOutRequest>(),
    meta,
    process: () => process,
    /** No two decisions are at the same millisecond, so that no two leases end at the same one. */
    nowMs(): number {
      disk.clock.advance(1);
      return disk.clock.now();
    },
    /** Another process takes over, from the last snapshot or from the log alone. */
    async crash(snapshotLost: boolean): Promise<void> {
      await process.kill();
      if (snapshotLost) await disk.snapshots.clear();
      process = await startAdmitting(disk);
    },
    async setCap(groupId: (typeof groups)[number] | null, capMicros: number, enforces: boolean): Promise<void> {
      const enforcement = enforces ? 'enforce' : 'alert';
      const settings = { policy: { kind: 'fixed', capMicros }, enforcement } as const;
      const outcome = await process.caps.setPolicy(groupId, settings, true, meta());
      assert.ok(!isRefusal(outcome), JSON.stringify(outcome));
      plain.caps.set(groupId, { capMicros, enforces });
    },
    /** Laws 4 and 6: what the service counts is what the list of leases says. */
    compare(): void {
      const { admissions } = process.views;
      for (const scope of scopes) {
        assert.equal(admissions.slots(scope), slotsOf(scope, plain.leases), `live slots of ${scope}`);
        if (!scope.startsWith('user:')) {
          assert.equal(admissions.held(scope), heldIn(scope, plain.leases), `held in ${scope}`);
        }
      }
      for (const { fanOutId, state, slots, holdMicros, spentMicros, lender, expiresAtMs } of plain.leases) {
        const known = admissions.lease(fanOutId);
        assert.deepEqual(
          [known?.state, known?.slots, known?.holdMicros, known?.spentMicros, known?.expiresAtMs, known?.lender],
          [state, slots, holdMicros, spentMicros, expiresAtMs, lender === null ? null : plain.leases[lender].fanOutId],
        );
      }
    },
  };
  const zone = await process.organisation.configure({ timeZone: 'Etc/UTC' }, meta());
  assert.ok(!isRefusal(zone));
  for (const groupId of groups) {
    await process.directory.putGroup({ groupId, name: groupId }, meta());
    await room.setCap(groupId, 4_000, true);
  }
  return room;
};

export const granted = (answer: FanOutAnswer | Refusal): Extract<FanOutAnswer, { decision: 'granted' }> => {
  assert.ok(!isRefusal(answer) && answer.decision === 'granted', JSON.stringify(answer));
  return answer;
};

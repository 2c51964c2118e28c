import { Injectable } from '@nestjs/common';
import { formatDay } from '#kernel/instants.js';
import { auditEvent } from '../domain/audit.events.js';
import { chainStart } from '../domain/chain.js';
import { sealDecider } from '../domain/seal.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { SealsView } from '../domain/seals.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { continueChain } from '../queries/continue-chain.js';

const decider = { ...sealDecider, event: auditEvent };
/**
 * No seal takes more, because a service that is asked to stop waits for it. Processes that go on from the same seal
 * then stop at the same event, so that what they say is the same.
 */
export const eventsPerSeal = 2_000;

/**
 * Hash chain: seals the chain of hashes over the log once a day: on the first wake of a day, if anything but seals was
 * stored since the last seal. A long way is gone in several seals, one behind the other.
 */
@Injectable()
export class SealAudit implements Saga {
  readonly name = 'sealAudit';
  readonly looksAt = 'time';

  constructor(
    private readonly log: EventLog,
    private readonly organisation: OrganisationView,
    private readonly seals: SealsView,
    private readonly fold: Fold,
    private readonly commands: Commands,
  ) {}

  *due({ nowMs }: Wake): Iterable<SagaStep | undefined> {
    if (!this.isDue(nowMs)) return;
    // Looked at again when its turn comes: another seal may have come before it.
    yield { about: this.dayAt(nowMs), run: async () => this.isDue(nowMs) && this.seal(nowMs) };
  }

  private isDue(nowMs: number): boolean {
    const { seals } = this;
    const { position } = this.fold;
    const last = seals.latest();
    if (!seals.isBehind(position)) return false;
    if (last?.events === eventsPerSeal) return true;
    const sealedMs = last === undefined ? seals.begunAtMs() : Date.parse(last.at);
    return sealedMs !== undefined && this.dayAt(nowMs) > this.dayAt(sealedMs);
  }

  private async seal(nowMs: number): Promise<void> {
    const from = this.seals.latest() ?? { position: 0, hash: chainStart };
    const { position, hash, events } = await continueChain(this.log, from, this.fold.position, eventsPerSeal);
    const commandId = `${this.name}:${this.dayAt(nowMs)}:${String(position)}`;
    await this.commands.execute(decider, 'audit', {
      type: 'SealAuditChain',
      data: { after: from.position, upToPosition: position, hash, events },
      meta: { commandId, nowMs, actor: `system:${this.name}`, reason: '' },
    });
  }

  private dayAt(ms: number): string {
    return formatDay(this.organisation.calendar().dayOf(ms));
  }
}

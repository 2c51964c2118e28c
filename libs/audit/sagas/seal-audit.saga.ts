import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { SealAuditChain } from '../commands/audit.commands.js';
import { SealDue } from '../queries/seal-due.js';

/**
 * Hash chain: seals the chain of hashes over the log once a day: on the first wake of a day, if anything but seals was
 * stored since the last seal. A long way is gone in several seals, one behind the other.
 */
@Injectable()
export class SealAudit implements Saga {
  readonly name = 'sealAudit';
  readonly looksAt = 'time';

  constructor(
    private readonly seals: SealDue,
    private readonly bus: CommandBus,
  ) {}

  *due({ nowMs }: Wake): Iterable<SagaStep | undefined> {
    if (!this.seals.isDue(nowMs)) return;
    yield { about: this.seals.dayAt(nowMs), run: () => this.bus.execute(new SealAuditChain({}, nowMs)) };
  }
}

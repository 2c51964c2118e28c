import { Injectable } from '@nestjs/common';
import { formatDay } from '#kernel/instants.js';
import { Fold } from '#event-sourcing/fold.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { SealsView } from '../domain/seals.view.js';

/**
 * No seal takes more, because a service that is asked to stop waits for it. Processes that go on from the same seal
 * then stop at the same event, so that what they say is the same.
 */
export const eventsPerSeal = 2_000;

/** Says whether a seal is due: on the first look of a day, if anything but seals was stored since the last one. */
@Injectable()
export class SealDue {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly seals: SealsView,
    private readonly fold: Fold,
  ) {}

  isDue(nowMs: number): boolean {
    const { seals } = this;
    const { position } = this.fold;
    const last = seals.latest();
    if (!seals.isBehind(position)) return false;
    if (last?.events === eventsPerSeal) return true;
    const sealedMs = last === undefined ? seals.begunAtMs() : Date.parse(last.at);
    return sealedMs !== undefined && this.dayAt(nowMs) > this.dayAt(sealedMs);
  }

  /** The day `yyyy-MM-dd` in the organisation's zone. */
  dayAt(ms: number): string {
    return formatDay(this.organisation.calendar().dayOf(ms));
  }
}

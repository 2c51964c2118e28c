import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isRefusal } from '#kernel/refusal.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Reratings } from '#prices/queries/reratings.js';
import { CorrectionsView } from '../domain/corrections.view.js';
import { beginRerating } from './corrections.commands.js';

/** Begins re-ratings for whoever publishes a price. */
@Injectable()
export class ReratingJobs extends Reratings {
  constructor(
    private readonly view: CorrectionsView,
    private readonly bus: CommandBus,
    private readonly clock: Clock,
  ) {
    super();
  }

  async begin(priceVersion: string): Promise<string | undefined> {
    const begun = this.view.ratingJobOf(priceVersion);
    if (begun !== undefined) return begun.jobId;
    const outcome = await this.bus.execute(beginRerating(priceVersion, this.clock.now()));
    if (isRefusal(outcome)) throw new Error(`a re-rating was refused: ${outcome.detail}`);
    return this.view.ratingJobOf(priceVersion)?.jobId;
  }
}

import { TimeSlice } from '#event-sourcing/turns.js';
import { Injectable } from '@nestjs/common';
import { type Period, periodOfDay } from '#kernel/days.js';
import { isCorrectionEvent, isRecordsMetered } from '#metering/domain/metering.events.js';
import type { InSlices } from '../domain/in-slices.js';
import type { SpendAnswer } from '../domain/spend.answer.js';
import { answerSpend } from '../domain/spend.query.js';
import { keptBy } from '../domain/spend.question.js';
import type { Listing, SpendQuestion } from '../domain/spend.question.js';
import { createTally } from '../domain/spend.tally.js';
import { asOf } from '#event-sourcing/as-of.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PricesView } from '#prices/domain/prices.view.js';
import { OpenPeriods } from './open-periods.js';
import { CorrectionsView } from '#metering/domain/corrections.view.js';
import { MonthStatus, type Freshness } from '#metering/queries/month-status.js';
import { MeteringView } from '#metering/domain/metering.view.js';
import { SpendView } from '../domain/spend.view.js';
import { Feed } from '#event-sourcing/feed/feed.js';

/** Answers questions about spend as of one log position. */
@Injectable()
export class SpendQueries extends MonthStatus {
  constructor(
    private readonly log: EventLog,
    private readonly feed: Feed,
    private readonly organisation: OrganisationView,
    private readonly prices: PricesView,
    private readonly periods: OpenPeriods,
    private readonly corrections: CorrectionsView,
    private readonly metering: MeteringView,
    private readonly spend: SpendView,
    private readonly clock: Clock,
  ) {
    super();
  }

  async ask(asked: Omit<SpendQuestion, 'modelOf'>, listing: Listing): Promise<SpendAnswer & Freshness> {
    const question = { ...asked, modelOf: this.prices.book.naming() };
    const standing = this.standing(periodOfDay(question.from), periodOfDay(question.to - 1) + 1);
    const answer = keptBy(question)
      ? await slice(answerSpend(this.spend, question, listing))
      : await this.askLog(question, listing);
    return { ...answer, ...standing };
  }

  /** How things stand with the months `[from, to)`. */
  standing(from: Period, to: Period): Freshness {
    const { corrections, periods } = this;
    const correctionRunning = corrections.running().length > 0 || corrections.due().length > 0;
    const because = [
      ...(periods.firstOpen(from) < to ? ['openPeriod' as const] : []),
      ...(correctionRunning ? ['correctionRunning' as const] : []),
    ];
    return {
      asOf: asOf(this.feed, this.clock.now()),
      provisional: because.length > 0,
      provisionalBecause: because,
    };
  }

  // No kept view combines what is asked for: the metering itself does, read once up to where the views stand now.
  private async askLog(question: SpendQuestion, listing: Listing): Promise<SpendAnswer> {
    const tally = createTally(question, this.organisation.calendar());
    const until = this.feed.position;
    const work = TimeSlice.ofReading();
    for (let position = 0; position < until; position++) {
      // One at a time: an event of metering takes long to decode.
      const event = (await this.log.readAll(position, 1)).at(0);
      if (event === undefined) break;
      if (isRecordsMetered(event)) {
        tally.addMetered(
          event.data,
          this.metering.uncountedAt(event.position).map(({ row }) => row),
        );
      } else if (isCorrectionEvent(event) && 'rows' in event.data) tally.addCorrections(event.data.rows);
      await work.pause();
    }
    return slice(tally.answer(listing));
  }
}

const slice = async <T>(work: InSlices<T>): Promise<T> => {
  const time = TimeSlice.ofReading();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await time.pause();
  }
};

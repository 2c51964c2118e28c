import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import { PeriodsView } from '../domain/periods.view.js';
import { OpenPeriods } from '#spend/queries/open-periods.js';

/** Tells spend which months are not closed. */
@Injectable()
export class PeriodsNotClosed extends OpenPeriods {
  constructor(private readonly periods: PeriodsView) {
    super();
  }

  firstOpen(from: Period): Period {
    return this.periods.firstOpen(from);
  }
}

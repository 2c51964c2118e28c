import { Injectable, Logger } from '@nestjs/common';
import { millisecondsInDay } from 'date-fns/constants';
import { builtInAgeDays, builtInAsOf, builtInCurrency, maxBuiltInAgeDays } from '../domain/built-in-prices.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';

/** Warns once a day, in the log of the service, while the built-in price list is in use and older than 60 days. */
@Injectable()
export class WatchBuiltInPrices implements Saga {
  readonly name = 'watchBuiltInPrices';
  readonly looksAt = 'time';
  private warnedOn = -Infinity;
  private readonly logger = new Logger(WatchBuiltInPrices.name);

  constructor(private readonly organisation: OrganisationView) {}

  *due({ nowMs }: Wake): Iterable<SagaStep | undefined> {
    const day = Math.floor(nowMs / millisecondsInDay);
    const age = builtInAgeDays(nowMs);
    const isUsed = this.organisation.organisation().currency === builtInCurrency;
    if (!isUsed || age <= maxBuiltInAgeDays || day <= this.warnedOn) return;
    yield {
      about: 'built-in prices',
      run: () => {
        this.warnedOn = day;
        this.logger.warn(
          `The built-in prices were compared with public price pages on ${builtInAsOf}, ${String(age)} days ago: ` +
            'update Bursar, or publish the prices you pay with POST /api/v1/prices.',
        );
        return Promise.resolve();
      },
    };
  }
}

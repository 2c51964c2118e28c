import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { millisecondsInDay } from 'date-fns/constants';
import { builtInAgeDays, builtInCurrency, maxBuiltInAgeDays } from '../domain/built-in-prices.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { WarnOfBuiltInPrices } from '../commands/prices.commands.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';

/** Warns once a day, in the log of the service, while the built-in price list is in use and older than 60 days. */
@Injectable()
export class WatchBuiltInPrices implements Saga {
  readonly name = 'watchBuiltInPrices';
  readonly looksAt = 'time';
  private warnedOn = -Infinity;

  constructor(
    private readonly organisation: OrganisationView,
    private readonly bus: CommandBus,
  ) {}

  *due({ nowMs }: Wake): Iterable<SagaStep | undefined> {
    const day = Math.floor(nowMs / millisecondsInDay);
    const age = builtInAgeDays(nowMs);
    const isUsed = this.organisation.organisation().currency === builtInCurrency;
    if (!isUsed || age <= maxBuiltInAgeDays || day <= this.warnedOn) return;
    yield {
      about: 'built-in prices',
      run: () => {
        this.warnedOn = day;
        return this.bus.execute(new WarnOfBuiltInPrices({ ageDays: age }, nowMs));
      },
    };
  }
}

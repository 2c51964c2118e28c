import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { millisecondsInDay } from 'date-fns/constants';
import type { Due, Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { WarnOfBuiltInPrices } from '../commands/prices.commands.js';
import { builtInAgeDays, builtInCurrency, maxBuiltInAgeDays } from '../domain/built-in-prices.js';

/** Warns once a day, in the log of the service, while the built-in price list is in use and older than 60 days. */
@Injectable()
export class WatchBuiltInPrices implements Evaluation {
  readonly saga = 'watchBuiltInPrices';
  private warnedOn = -Infinity;

  constructor(
    private readonly lanes: SagaLanes,
    private readonly organisation: OrganisationView,
  ) {}

  @Saga()
  watchBuiltInPrices(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ nowMs }: Wake): Iterable<Due | undefined> {
    const day = Math.floor(nowMs / millisecondsInDay);
    const ageDays = builtInAgeDays(nowMs);
    const isUsed = this.organisation.organisation().currency === builtInCurrency;
    if (!isUsed || ageDays <= maxBuiltInAgeDays || day <= this.warnedOn) return;
    this.warnedOn = day;
    yield { subject: 'built-in prices', command: new WarnOfBuiltInPrices({ ageDays }, nowMs) };
  }
}

import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { Due, Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { WarnOfBuiltInPrices } from '../commands/prices.commands.js';
import { ToldAge } from '../commands/told-age.js';
import { builtInAgeDays, builtInCurrency, maxBuiltInAgeDays } from '../domain/built-in-prices.js';

/** Warns once a day, in the log of the service, while the built-in price list is in use and older than 60 days. */
@Injectable()
export class WatchBuiltInPrices implements Evaluation {
  readonly saga = 'watchBuiltInPrices';

  constructor(
    private readonly lanes: SagaLanes,
    private readonly organisation: OrganisationView,
    private readonly told: ToldAge,
  ) {}

  @Saga()
  watchBuiltInPrices(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ nowMs }: Wake): Iterable<Due | undefined> {
    const ageDays = builtInAgeDays(nowMs);
    const isUsed = this.organisation.organisation().currency === builtInCurrency;
    if (!isUsed || ageDays <= maxBuiltInAgeDays || ageDays <= this.told.days) return;
    yield { subject: 'built-in prices', command: new WarnOfBuiltInPrices({ ageDays }, nowMs) };
  }
}

import assert from 'node:assert/strict';
import { Logger } from '@nestjs/common';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import { builtInAsOf } from '../domain/built-in-prices.js';
import { Assembly } from '#test/support/assembly.js';
import { commandBusWith } from '#test/support/command-bus.js';
import { stored } from '#test/support/stored.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { MovedUsers } from '#event-sourcing/sagas/moved-users.js';
import { WarnOfBuiltInPricesHandler } from '../commands/prices.handlers.js';
import { WatchBuiltInPrices } from './watch-built-in-prices.saga.js';

/** How many warnings there are when it is woken at these times, in days after the list was compared. */
const warningsAt = async (days: readonly number[], currency = 'USD'): Promise<number[]> => {
  const organisation = new OrganisationView();
  organisation.apply(stored({ type: 'CurrencyChosen', data: { currency } }));
  const assembly = new Assembly();
  const bus = commandBusWith([WarnOfBuiltInPricesHandler], assembly.make.bind(assembly));
  const saga = new WatchBuiltInPrices(organisation, bus);
  const said: unknown[] = [];
  const logged = jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => said.push(text));
  const counts: number[] = [];
  for (const day of days) {
    const nowMs = Date.parse(builtInAsOf) + day * millisecondsInDay;
    const wake = { nowMs, everything: false, groups: new Map(), users: new MovedUsers() };
    for (const step of saga.due(wake)) await step?.run();
    counts.push(said.length);
  }
  logged.mockRestore();
  return counts;
};
const hour = millisecondsInHour / millisecondsInDay;

describe('the built-in price list', () => {
  it('is warned of once a day from the 61st day on', async () => {
    assert.deepEqual(await warningsAt([0, 60, 61 - hour, 61, 61 + hour, 62, 62, 70]), [0, 0, 0, 1, 1, 2, 2, 3]);
  });

  it('is of no interest to an organisation that does without it', async () => {
    assert.deepEqual(await warningsAt([61, 90], 'EUR'), [0, 0]);
  });
});

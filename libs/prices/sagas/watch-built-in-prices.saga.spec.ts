import assert from 'node:assert/strict';
import { Logger } from '@nestjs/common';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import { builtInAsOf } from '../domain/built-in-prices.js';
import { stored } from '#test/support/stored.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { Changes } from '#event-sourcing/changes.js';
import { FoldContext } from '#event-sourcing/fold-context.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { SystemClock } from '#system-clock/clock.js';
import { WarnOfBuiltInPrices } from '../commands/prices.commands.js';
import { WarnOfBuiltInPricesHandler } from '../commands/prices.handlers.js';
import { WatchBuiltInPrices } from './watch-built-in-prices.saga.js';

/** How many warnings there are when it is evaluated at these times, in days after the list was compared. */
const warningsAt = (days: readonly number[], currency = 'USD'): number[] => {
  const organisation = new OrganisationView();
  organisation.apply(stored({ type: 'CurrencyChosen', data: { currency } }), new FoldContext());
  const saga = new WatchBuiltInPrices(new SagaLanes(new SystemClock()), organisation);
  let warnings = 0;
  return days.map((day) => {
    const nowMs = Date.parse(builtInAsOf) + day * millisecondsInDay;
    for (const due of saga.evaluate({ nowMs, everything: false, changes: new Changes() })) {
      assert.ok(due !== undefined && 'command' in due && due.command instanceof WarnOfBuiltInPrices);
      warnings++;
    }
    return warnings;
  });
};

const hour = millisecondsInHour / millisecondsInDay;

describe('the built-in price list', () => {
  it('is warned of once a day from the 61st day on', () => {
    assert.deepEqual(warningsAt([0, 60, 61 - hour, 61, 61 + hour, 62, 62, 70]), [0, 0, 0, 1, 1, 2, 2, 3]);
  });

  it('is of no interest to an organisation that does without it', () => {
    assert.deepEqual(warningsAt([61, 90], 'EUR'), [0, 0]);
  });
});

describe('the warning of old prices', () => {
  it('says how old they are, and what to do', async () => {
    const said: unknown[] = [];
    const logged = jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => said.push(text));
    await new WarnOfBuiltInPricesHandler().execute(new WarnOfBuiltInPrices({ ageDays: 61 }, 0));
    logged.mockRestore();
    assert.equal(said.length, 1);
    assert.match(String(said[0]), /61 days ago: update Bursar, or publish/);
  });
});

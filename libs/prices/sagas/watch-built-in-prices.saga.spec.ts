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
import { ToldAge } from '../commands/told-age.js';
import { WatchBuiltInPrices } from './watch-built-in-prices.saga.js';

const hour = millisecondsInHour / millisecondsInDay;

describe('the built-in price list', () => {
  let said: unknown[];
  let say: (line: unknown) => void;

  beforeEach(() => {
    said = [];
    say = (line) => {
      said.push(line);
    };
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((...[line]: readonly unknown[]) => {
      say(line);
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Has the saga look, so many days after the list was compared, and carries out what is due. */
  const watching = (currency = 'USD') => {
    const organisation = new OrganisationView();
    organisation.apply(stored({ type: 'CurrencyChosen', data: { currency } }), new FoldContext());
    const told = new ToldAge();
    const saga = new WatchBuiltInPrices(new SagaLanes(new SystemClock()), organisation, told);
    const handler = new WarnOfBuiltInPricesHandler(told);
    return async (day: number) => {
      const nowMs = Date.parse(builtInAsOf) + day * millisecondsInDay;
      for (const due of saga.evaluate({ nowMs, everything: false, changes: new Changes() })) {
        assert.ok(due !== undefined && 'command' in due && due.command instanceof WarnOfBuiltInPrices);
        await handler.execute(due.command);
      }
    };
  };

  /** How many warnings there are when it is evaluated at these times. */
  const warningsAt = async (days: readonly number[], currency?: string): Promise<number[]> => {
    const look = watching(currency);
    const warnings: number[] = [];
    for (const day of days) {
      await look(day);
      warnings.push(said.length);
    }
    return warnings;
  };

  it('is warned of once a day from the 61st day on', async () => {
    assert.deepEqual(await warningsAt([0, 60, 61 - hour, 61, 61 + hour, 62, 62, 70]), [0, 0, 0, 1, 1, 2, 2, 3]);
  });

  it('is of no interest to an organisation that does without it', async () => {
    assert.deepEqual(await warningsAt([61, 90], 'EUR'), [0, 0]);
  });

  it('is warned of again on the same day when the warning could not be given', async () => {
    const asEver = say;
    say = () => {
      throw new Error('the log of the service is away');
    };
    const look = watching();
    await assert.rejects(look(61));
    say = asEver;
    await look(61 + hour);
    assert.equal(said.length, 1);
  });

  it('is warned of with its age, and what to do', async () => {
    await watching()(61);
    assert.match(String(said[0]), /61 days ago: update Bursar, or publish/);
  });
});

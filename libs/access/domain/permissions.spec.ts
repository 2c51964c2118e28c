import assert from 'node:assert/strict';
import { type Role, roles } from './access.events.js';
import { type Action, may } from './permissions.js';

const everybody = 'owner admin finance member metering scheduler';

/** The column "who" of the routes, written out. */
const allowed: Record<Action, string> = {
  'organisation.read': everybody,
  'organisation.write': 'owner',
  'metering.write': 'owner metering',
  'metering.allowOld': 'owner',
  'metering.void': 'owner admin',
  'metering.reattribute': 'owner admin',
  'jobs.read': 'owner admin',
  'tasks.finish': 'owner metering',
  'tasks.read': 'owner admin finance member',
  'spend.read': 'owner admin finance member',
  'groups.read': 'owner admin finance member',
  'groups.write': 'owner admin',
  'users.write': 'owner admin',
  'caps.read': 'owner admin finance member',
  'caps.write': 'owner admin',
  'statements.read': 'owner admin finance',
  'periods.close': 'owner finance',
  'prices.read': everybody,
  'prices.write': 'owner admin',
  'alerts.read': 'owner admin member',
  'alerts.write': 'owner admin member',
  'fanOuts.ask': 'owner scheduler',
  'fanOuts.read': 'owner admin scheduler',
  'limits.read': everybody,
  'limits.write': 'owner admin',
  'clock.read': 'owner admin',
  'clock.confirm': 'owner',
  'audit.read': 'owner admin',
  'keys.manage': 'owner',
};

describe('permissions', () => {
  for (const action of Object.keys(allowed) as Action[]) {
    it(`${action} is for ${allowed[action]}`, () => {
      assert.equal(roles.filter((role: Role) => may(role, action)).join(' '), allowed[action]);
    });
  }
});

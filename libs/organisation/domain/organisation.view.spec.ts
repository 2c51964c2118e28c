import assert from 'node:assert/strict';
import { FoldContext } from '#event-sourcing/fold-context.js';
import { stored } from '#test/support/stored.js';
import { isOrganisationEvent, type OrganisationEvent } from './organisation.events.js';
import { organisationDecider, weekendDaysOn } from './organisation.js';
import { OrganisationView } from './organisation.view.js';

const events: readonly OrganisationEvent[] = [
  { type: 'OrganisationNamed', data: { name: 'Acme' } },
  { type: 'WeekendDaysChosen', data: { weekendDays: [5, 6], from: '2026-01-01' } },
  { type: 'HolidaysChosen', data: { holidays: { country: 'DE', added: [], removed: [] }, from: '2026-01-01' } },
  { type: 'OrganisationFixed', data: {} },
];

describe('organisation view', () => {
  it('shows the defaults before anybody has chosen', () => {
    const view = new OrganisationView();
    assert.equal(view.organisation(), organisationDecider.initial);
    assert.equal(view.revision(), -1);
  });

  it('comes back equal from a snapshot after every event, and goes on from there (law 7)', () => {
    for (const cut of events.keys()) {
      const early = new OrganisationView();
      const late = new OrganisationView();
      events.slice(0, cut).forEach((event, i) => {
        early.apply(stored(event, { revision: i }), new FoldContext());
      });
      late.load(JSON.parse(JSON.stringify(early.save())) as object);
      assert.deepEqual(late.save(), early.save());
      events.slice(cut).forEach((event, i) => {
        late.apply(stored(event, { revision: cut + i }), new FoldContext());
      });
      assert.equal(late.revision(), 3);
      assert.equal(late.organisation().name, 'Acme');
      assert.equal(late.organisation().fixed, true);
      assert.deepEqual(weekendDaysOn(late.organisation(), '2026-06-01'), [5, 6]);
    }
  });

  it('does not take something else for a snapshot', () => {
    assert.throws(() => {
      new OrganisationView().load({ revision: 1 });
    });
  });

  it('tells its events by their type', () => {
    assert.ok(events.every(isOrganisationEvent));
    assert.ok(!isOrganisationEvent({ type: 'GroupCreated', data: {} }));
  });
});

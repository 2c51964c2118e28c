import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { isRefusal } from '#kernel/refusal.js';
import { givenFor, refusal } from '#test/support/given.js';
import type { OrganisationCode } from './organisation.codes.js';
import { organisationEvent, type OrganisationEvent } from './organisation.events.js';
import { holidaysOn, type OrganisationCommand, organisationDecider, weekendDaysOn } from './organisation.js';
import type { OrganisationSettings } from './settings.js';

// In Auckland it is already the 21st.
const meta = { commandId: 'c1', nowMs: Date.parse('2026-11-20T12:00:00Z'), actor: 'apiKey:k1', reason: '' };
const configure = (data: OrganisationSettings): OrganisationCommand => ({
  type: 'ConfigureOrganisation',
  data,
  meta,
});
const fix: OrganisationCommand = { type: 'FixOrganisation', data: {}, meta };
const given = givenFor(organisationDecider);

const fixed: OrganisationEvent = { type: 'OrganisationFixed', data: {} };
const inEuros: OrganisationEvent = { type: 'CurrencyChosen', data: { currency: 'EUR' } };
const inAuckland: OrganisationEvent = { type: 'TimeZoneChosen', data: { timeZone: 'Pacific/Auckland' } };
const weekend = (weekendDays: number[], from: string): OrganisationEvent => ({
  type: 'WeekendDaysChosen',
  data: { weekendDays, from },
});
const labelKeys = (...keys: readonly string[]): OrganisationEvent => ({
  type: 'LabelKeysChosen',
  data: { labelKeys: [...keys] },
});
const hundredKeys = Array.from({ length: 100 }, (_, n) => labelKeys(`k${String(n)}`));
const germany = { country: 'DE', region: 'BY', added: ['2026-12-24'], removed: [] };

describe('ConfigureOrganisation', () => {
  const decided: readonly [
    what: string,
    given: readonly OrganisationEvent[],
    when: OrganisationSettings,
    then: readonly OrganisationEvent[],
  ][] = [
    ['nothing asked, nothing changed', [], {}, []],
    [
      'what holds by default is no change',
      [],
      { name: 'Organisation', currency: 'USD', timeZone: 'UTC', weekendDays: [7, 6, 6], holidays: null, closeDay: 5 },
      [],
    ],
    ['a name', [], { name: 'Acme' }, [{ type: 'OrganisationNamed', data: { name: 'Acme' } }]],
    [
      'currency and zone before the first record',
      [],
      { currency: 'EUR', timeZone: 'Pacific/Auckland' },
      [inEuros, inAuckland],
    ],
    [
      'the same currency and zone after it',
      [inEuros, inAuckland, fixed],
      { currency: 'EUR', timeZone: 'Pacific/Auckland' },
      [],
    ],
    ['a close day', [fixed], { closeDay: 28 }, [{ type: 'CloseDayChosen', data: { closeDay: 28 } }]],
    [
      'a ceiling of a record, from today',
      [],
      { maxRecordMicros: 10 ** 15 },
      [{ type: 'MaxRecordMicrosChosen', data: { maxRecordMicros: 10 ** 15, from: '2026-11-20' } }],
    ],
    ['the ceiling there is anyway', [], { maxRecordMicros: 10 ** 12 }, []],
    [
      'a cap for new groups',
      [],
      { newGroupCapMicros: 0 },
      [{ type: 'NewGroupCapChosen', data: { newGroupCapMicros: 0 } }],
    ],
    ['no cap for new groups, as there is none', [], { newGroupCapMicros: null }, []],
    [
      'what a fan-out of an unknown group gets',
      [],
      { unknownGroups: 'unassigned' },
      [{ type: 'UnknownGroupsChosen', data: { unknownGroups: 'unassigned' } }],
    ],
    [
      'keys of labels, sorted',
      [fixed],
      { labelKeys: ['project', 'costCenter'] },
      [{ type: 'LabelKeysChosen', data: { labelKeys: ['costCenter', 'project'] } }],
    ],
    ['the keys there are anyway', [labelKeys('a', 'b')], { labelKeys: ['b', 'a'] }, []],
    ['no keys any more', [labelKeys('a')], { labelKeys: [] }, [labelKeys()]],
    ['a key of before, however many there were', hundredKeys, { labelKeys: ['k5', 'k99'] }, [labelKeys('k5', 'k99')]],
    ['weekend days from today', [], { weekendDays: [6, 5] }, [weekend([5, 6], '2026-11-20')]],
    ['today is that of the zone', [inAuckland], { weekendDays: [5, 6] }, [weekend([5, 6], '2026-11-21')]],
    [
      'today is that of a zone chosen at the same time',
      [],
      { timeZone: 'Pacific/Auckland', weekendDays: [] },
      [inAuckland, weekend([], '2026-11-21')],
    ],
    ['weekend days from a day', [], { weekendDays: [5], from: '2026-01-01' }, [weekend([5], '2026-01-01')]],
    ['the same from a later day', [weekend([5], '2026-01-01')], { weekendDays: [5] }, []],
    [
      'holidays, in one spelling',
      [],
      { holidays: { country: 'DE', added: ['2026-12-31', '2026-12-24', '2026-12-31'] }, from: '2026-01-01' },
      [
        {
          type: 'HolidaysChosen',
          data: {
            holidays: { country: 'DE', added: ['2026-12-24', '2026-12-31'], removed: [] },
            from: '2026-01-01',
          },
        },
      ],
    ],
    [
      'no holidays any more',
      [{ type: 'HolidaysChosen', data: { holidays: germany, from: '2026-01-01' } }],
      { holidays: null },
      [{ type: 'HolidaysChosen', data: { holidays: null, from: '2026-11-20' } }],
    ],
  ];
  for (const [what, past, when, then] of decided) {
    it(what, () => {
      given(past).when(configure(when)).then(then);
    });
  }

  const refused: readonly [
    given: readonly OrganisationEvent[],
    when: OrganisationSettings,
    code: OrganisationCode | KernelCode,
  ][] = [
    [[fixed], { currency: 'EUR' }, 'currencyFixed'],
    [[inEuros, fixed], { currency: 'USD' }, 'currencyFixed'],
    [[fixed], { currency: 'nonsense' }, 'currencyFixed'],
    [[fixed], { name: 'Acme', timeZone: 'Europe/Berlin' }, 'timeZoneFixed'],
    [[], { currency: 'usd' }, 'unknownCurrency'],
    [[], { currency: 'ZZZ' }, 'unknownCurrency'],
    [[], { timeZone: 'Mars/Olympus' }, 'unknownTimeZone'],
    [[], { timeZone: '+01:00' }, 'unknownTimeZone'],
    [[], { holidays: { country: 'UK' } }, 'unknownCountry'],
    [[], { holidays: { country: 'EU' } }, 'unknownCountry'],
    [[], { holidays: { country: 'Germany' } }, 'unknownCountry'],
    [[], { holidays: { country: 'DE', region: '' } }, 'invalidValue'],
    [[], { holidays: { country: 'DE', added: ['2026-02-30'] } }, 'invalidValue'],
    [[], { holidays: { country: 'DE', added: ['2026-12-24'], removed: ['2026-12-24'] } }, 'invalidValue'],
    [[], { holidays: { country: 'DE', removed: Array<string>(261).fill('2026-12-24') } }, 'invalidValue'],
    [[], { name: '' }, 'invalidValue'],
    [[], { name: 'x'.repeat(256) }, 'invalidValue'],
    [[], { weekendDays: [0] }, 'invalidValue'],
    [[], { weekendDays: [8] }, 'invalidValue'],
    [[], { weekendDays: [6.5] }, 'invalidValue'],
    [[], { weekendDays: [1, 2, 3, 4, 5, 6, 7] }, 'invalidValue'],
    [[], { closeDay: 0 }, 'invalidValue'],
    [[], { closeDay: 29 }, 'invalidValue'],
    [[], { maxRecordMicros: 0 }, 'invalidValue'],
    [[], { maxRecordMicros: 10 ** 15 + 1 }, 'invalidValue'],
    [[], { newGroupCapMicros: -1 }, 'invalidValue'],
    [[], { newGroupCapMicros: 2 ** 53 }, 'invalidValue'],
    [[], { from: '2026-11-31' }, 'invalidValue'],
    [[], { labelKeys: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, 'invalidValue'],
    [[], { labelKeys: ['a', 'a'] }, 'invalidValue'],
    [[], { labelKeys: ['__proto__'] }, 'invalidValue'],
    [[], { labelKeys: ['a,b'] }, 'invalidValue'],
    [[], { labelKeys: ['k'.repeat(65)] }, 'invalidValue'],
    [hundredKeys, { labelKeys: ['k1', 'k100'] }, 'invalidValue'],
  ];
  for (const [past, when, code] of refused) {
    it(`refuses ${JSON.stringify(when).slice(0, 50)} with ${code}${past.length === 0 ? '' : ' when there are records'}`, () => {
      given(past).when(configure(when)).then(refusal(code));
    });
  }

  it('keeps a later choice when an earlier one is added', () => {
    const { state } = given([weekend([5, 6], '2026-06-01'), weekend([7], '2026-01-01')]);
    assert.deepEqual(weekendDaysOn(state, '2025-12-31'), [6, 7]);
    assert.deepEqual(weekendDaysOn(state, '2026-05-31'), [7]);
    assert.deepEqual(weekendDaysOn(state, '2026-06-01'), [5, 6]);
    assert.equal(holidaysOn(state, '2026-06-01'), null);
  });
});

describe('FixOrganisation', () => {
  it('fixes once', () => {
    given([inEuros]).when(fix).then([fixed]).when(fix).then([]);
  });
});

const anyDay = fc.constantFrom('2026-01-01', '2026-06-01', '2026-11-20', '2027-01-01');
const anySettings: fc.Arbitrary<OrganisationSettings> = fc.record(
  {
    name: fc.constantFrom('Acme', 'Organisation'),
    currency: fc.constantFrom('USD', 'EUR', 'JPY'),
    timeZone: fc.constantFrom('UTC', 'Pacific/Auckland', 'America/New_York'),
    weekendDays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { maxLength: 6 }),
    holidays: fc.option(
      fc.record({ country: fc.constantFrom('DE', 'US'), added: fc.subarray(['2026-12-24', '2026-12-31']) }),
    ),
    closeDay: fc.integer({ min: 1, max: 28 }),
    from: anyDay,
  },
  { requiredKeys: [] },
);

describe('the organisation, whatever is asked of it', () => {
  it('says nothing the second time, keeps what is fixed, and says only what its schema knows', () => {
    fc.assert(
      fc.property(fc.array(anySettings, { maxLength: 8 }), fc.nat(8), (all, fixedAfter) => {
        let organisation = given([]);
        for (const [i, settings] of all.entries()) {
          if (i === fixedAfter) organisation = organisation.and([fixed]);
          const before = organisation.state;
          const { outcome } = organisation.when(configure(settings));
          if (isRefusal(outcome)) {
            assert.ok(before.fixed);
            continue;
          }
          organisation = organisation.and(outcome.map((event) => organisationEvent.parse(event)));
          if (before.fixed) {
            assert.equal(organisation.state.currency, before.currency);
            assert.equal(organisation.state.timeZone, before.timeZone);
          }
          organisation.when(configure(settings)).then([]);
        }
      }),
    );
  });

  it('takes back what it shows as no change', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const { outcome } = given([]).when(configure(settings));
        assert.ok(!isRefusal(outcome));
        const organisation = given(outcome);
        const { name, currency, timeZone, closeDay } = organisation.state;
        const shown: OrganisationSettings = {
          name,
          currency,
          timeZone,
          closeDay,
          weekendDays: weekendDaysOn(organisation.state, '2026-11-20'),
          holidays: holidaysOn(organisation.state, '2026-11-20'),
          from: '2026-11-20',
        };
        organisation.when(configure(shown)).then([]);
      }),
    );
  });
});

import { calendarOf } from '#kernel/calendar.js';
import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { formatDay } from '#kernel/instants.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { OrganisationCode } from './organisation.codes.js';
import { chosenFrom, type Dated, valueOn } from './dated.js';
import {
  type Holidays,
  maxLabelKeysEver,
  type OrganisationEvent,
  type UnknownGroupRule,
} from './organisation.events.js';
import { type OrganisationSettings, settingsRefusal } from './settings.js';
import { settingsEvents } from './settings-events.js';

/** The one company a deployment serves. */
export interface Organisation {
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** IANA. */
  readonly timeZone: string;
  readonly weekendDays: Dated<readonly number[]>;
  readonly holidays: Dated<Holidays | null>;
  /** The day of the month on which the month before closes by itself. */
  readonly closeDay: number;
  /** What one record may cost at most. */
  readonly maxRecordMicros: Dated<number>;
  /** The cap of a group without a basis, in micros; null for none. */
  readonly newGroupCapMicros: number | null;
  /** What a fan-out gets that names a group which nobody knows. */
  readonly unknownGroups: UnknownGroupRule;
  /** Which labels of records are kept, sorted. */
  readonly labelKeys: readonly string[];
  /** Those that were kept before, the earliest first. */
  readonly pastLabelKeys: readonly string[];
  /** Whether currency and time zone can no longer change, because there are records. */
  readonly fixed: boolean;
}

/** Metering fixes currency and time zone before it stores the first record. */
export type OrganisationCommand =
  CommandOf<'ConfigureOrganisation', OrganisationSettings> | CommandOf<'FixOrganisation', Record<string, never>>;

export const weekendDaysOn = (organisation: Organisation, day: string): readonly number[] =>
  valueOn(organisation.weekendDays, day);

export const holidaysOn = (organisation: Organisation, day: string): Holidays | null =>
  valueOn(organisation.holidays, day);

/** What one record may cost at most, in micros, on the day. */
export const maxRecordMicrosOn = (organisation: Organisation, day: string): number =>
  valueOn(organisation.maxRecordMicros, day);

type ConfigureOrganisation = Extract<OrganisationCommand, { readonly type: 'ConfigureOrganisation' }>;

const initial: Organisation = {
  name: 'Organisation',
  currency: 'USD',
  timeZone: 'UTC',
  weekendDays: { initially: [6, 7], choices: [] },
  holidays: { initially: null, choices: [] },
  closeDay: 5,
  maxRecordMicros: { initially: 10 ** 12, choices: [] },
  newGroupCapMicros: null,
  unknownGroups: 'refuse',
  labelKeys: [],
  pastLabelKeys: [],
  fixed: false,
};

/** An event that says what is so anyway gives back the very same state: `decide` leans on it. */
const evolve = (organisation: Organisation, event: OrganisationEvent): Organisation => {
  switch (event.type) {
    case 'OrganisationNamed':
      return withSetting(organisation, 'name', event.data.name);
    case 'CurrencyChosen':
      return withSetting(organisation, 'currency', event.data.currency);
    case 'TimeZoneChosen':
      return withSetting(organisation, 'timeZone', event.data.timeZone);
    case 'WeekendDaysChosen': {
      const { weekendDays, from } = event.data;
      return withSetting(organisation, 'weekendDays', chosenFrom(organisation.weekendDays, from, weekendDays));
    }
    case 'HolidaysChosen': {
      const { holidays, from } = event.data;
      return withSetting(organisation, 'holidays', chosenFrom(organisation.holidays, from, holidays));
    }
    case 'CloseDayChosen':
      return withSetting(organisation, 'closeDay', event.data.closeDay);
    case 'MaxRecordMicrosChosen': {
      const { maxRecordMicros, from } = event.data;
      return withSetting(
        organisation,
        'maxRecordMicros',
        chosenFrom(organisation.maxRecordMicros, from, maxRecordMicros),
      );
    }
    case 'NewGroupCapChosen':
      return withSetting(organisation, 'newGroupCapMicros', event.data.newGroupCapMicros);
    case 'UnknownGroupsChosen':
      return withSetting(organisation, 'unknownGroups', event.data.unknownGroups);
    case 'LabelKeysChosen':
      return withLabelKeys(organisation, event.data.labelKeys);
    case 'OrganisationFixed':
      return withSetting(organisation, 'fixed', true);
    default:
      return unreachable(event);
  }
};

const withSetting = <K extends keyof Organisation>(organisation: Organisation, key: K, value: Organisation[K]) =>
  organisation[key] === value ? organisation : { ...organisation, [key]: value };

const withLabelKeys = (organisation: Organisation, labelKeys: readonly string[]): Organisation => {
  if (JSON.stringify(labelKeys) === JSON.stringify(organisation.labelKeys)) return organisation;
  const known = [...organisation.pastLabelKeys, ...organisation.labelKeys];
  return { ...organisation, labelKeys, pastLabelKeys: known.filter((key) => !labelKeys.includes(key)) };
};

const decide = (
  command: OrganisationCommand,
  organisation: Organisation,
): readonly OrganisationEvent[] | Refusal<OrganisationCode | KernelCode> => {
  switch (command.type) {
    case 'ConfigureOrganisation':
      return configure(command, organisation);
    case 'FixOrganisation':
      return changes(organisation, [{ type: 'OrganisationFixed', data: {} }]);
    default:
      return unreachable(command);
  }
};

const configure = (
  command: ConfigureOrganisation,
  organisation: Organisation,
): readonly OrganisationEvent[] | Refusal<OrganisationCode | KernelCode> =>
  // What is fixed comes first: no spelling would help there.
  fixedRefusal(command.data, organisation) ??
  settingsRefusal(command.data) ??
  labelKeysRefusal(command.data, organisation) ??
  changes(organisation, settingsEvents(command.data, today(command, organisation)));

const fixedRefusal = (
  { currency, timeZone }: OrganisationSettings,
  organisation: Organisation,
): Refusal<OrganisationCode> | undefined => {
  if (!organisation.fixed) return undefined;
  if (currency !== undefined && currency !== organisation.currency) {
    return refuse(
      'currencyFixed',
      `there are records in ${organisation.currency}: the currency cannot change any more`,
    );
  }
  if (timeZone !== undefined && timeZone !== organisation.timeZone) {
    return refuse(
      'timeZoneFixed',
      `there are records in ${organisation.timeZone}: the time zone cannot change any more`,
    );
  }
  return undefined;
};

const labelKeysRefusal = (
  { labelKeys = [] }: OrganisationSettings,
  { labelKeys: present, pastLabelKeys }: Organisation,
): Refusal<KernelCode> | undefined =>
  new Set([...labelKeys, ...present, ...pastLabelKeys]).size > maxLabelKeysEver
    ? refuse(
        'invalidValue',
        `labelKeys would be more than ${String(maxLabelKeysEver)} with those of before: take one that was chosen before`,
      )
    : undefined;

const today = ({ data, meta }: ConfigureOrganisation, { timeZone }: Organisation): string =>
  formatDay(calendarOf(data.timeZone ?? timeZone).dayOf(meta.nowMs));

const changes = (organisation: Organisation, events: readonly OrganisationEvent[]): readonly OrganisationEvent[] =>
  events.filter((event) => evolve(organisation, event) !== organisation);

/**
 * Decides on `organisation`. Refuses with `currencyFixed`, `timeZoneFixed`, or what `settingsRefusal` says.
 */
export const organisationDecider: Decider<
  OrganisationCommand,
  Organisation,
  OrganisationEvent,
  OrganisationCode | KernelCode
> = {
  initial,
  evolve,
  decide,
};

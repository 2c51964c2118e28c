import { isShortText } from '#directory/domain/directory.events.js';
import { isTimeZone } from '#kernel/calendar.js';
import { parseDay } from '#kernel/instants.js';
import { maxMicros } from '#kernel/money.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { OrganisationCode } from './organisation.codes.js';
import { highestRecordMicros, maxLabelKeys, type UnknownGroupRule } from './organisation.events.js';

/** What is asked for; a field that is left out stays as it is. */
export interface OrganisationSettings {
  readonly name?: string;
  readonly currency?: string;
  readonly timeZone?: string;
  /** 1 is Monday, 7 is Sunday, in any order. */
  readonly weekendDays?: readonly number[];
  /** `null`: none. Days in any order. */
  readonly holidays?: {
    readonly country: string;
    readonly region?: string;
    readonly added?: readonly string[];
    readonly removed?: readonly string[];
  } | null;
  readonly closeDay?: number;
  /** What one record may cost at most. */
  readonly maxRecordMicros?: number;
  /** The cap of a group without a basis; `null`: none. */
  readonly newGroupCapMicros?: number | null;
  readonly unknownGroups?: UnknownGroupRule;
  /** In any order. */
  readonly labelKeys?: readonly string[];
  /** The day from which weekend days, holidays and `maxRecordMicros` apply, `yyyy-MM-dd`; today in the organisation's zone if left out. */
  readonly from?: string;
}

/**
 * Why the settings make no sense in any organisation, or undefined: `unknownCurrency`, `unknownTimeZone`,
 * `unknownCountry` or `invalidValue`.
 */
export const settingsRefusal = (settings: OrganisationSettings): Refusal<OrganisationCode | KernelCode> | undefined =>
  unknownRefusal(settings) ?? invalidRefusal(settings);

const unknownRefusal = ({
  currency,
  timeZone,
  holidays,
}: OrganisationSettings): Refusal<OrganisationCode> | undefined => {
  if (currency !== undefined && !currencies.has(currency)) {
    return refuse('unknownCurrency', 'currency must be a code of ISO 4217, such as USD');
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return refuse('unknownTimeZone', 'timeZone must be a name of the IANA time zone database, such as Europe/Berlin');
  }
  if (holidays && !isCountry(holidays.country)) {
    return refuse('unknownCountry', 'holidays.country must be a code of ISO 3166-1, such as DE');
  }
  return undefined;
};

const invalidRefusal = (settings: OrganisationSettings): Refusal<KernelCode> | undefined => {
  const { name, weekendDays, holidays, closeDay, maxRecordMicros, newGroupCapMicros, labelKeys, from } = settings;
  const { region, added = [], removed = [] } = holidays ?? {};
  const rules: readonly (readonly [holds: boolean, rule: string])[] = [
    [name === undefined || isShortText(name), 'name must be 1 to 255 characters without control characters'],
    [weekendDays === undefined || areWeekendDays(weekendDays), 'weekendDays must be at most six of 1 (Monday) to 7'],
    [closeDay === undefined || isWithin(closeDay, 1, 28), 'closeDay must be 1 to 28'],
    [
      maxRecordMicros === undefined || isWithin(maxRecordMicros, 1, highestRecordMicros),
      `maxRecordMicros must be 1 to ${String(highestRecordMicros)}`,
    ],
    [
      newGroupCapMicros === undefined || newGroupCapMicros === null || isWithin(newGroupCapMicros, 0, maxMicros),
      'newGroupCapMicros must be 0 to 2^53 - 1 micros, or null for no cap',
    ],
    [labelKeys === undefined || areLabelKeys(labelKeys), labelKeysRule],
    [from === undefined || isDay(from), 'from must be a day that exists, as yyyy-MM-dd'],
    [region === undefined || isShortText(region), 'holidays.region must be 1 to 255 characters'],
    [[...added, ...removed].every(isDay), 'holidays.added and .removed must be days that exist, as yyyy-MM-dd'],
    [!added.some((day) => removed.includes(day)), 'holidays.added and .removed must not name the same day'],
    [
      added.length <= maxDays && removed.length <= maxDays,
      `holidays.added and .removed hold at most ${String(maxDays)} days`,
    ],
  ];
  const broken = rules.find(([holds]) => !holds);
  return broken && refuse('invalidValue', broken[1]);
};

const labelKeysRule = `labelKeys must be at most ${String(maxLabelKeys)} different keys of 1 to 64 letters, digits, _, . or -, with a letter first`;

const areLabelKeys = (keys: readonly string[]): boolean =>
  keys.every((key) => /^[A-Za-z][\w.-]{0,63}$/.test(key)) &&
  new Set(keys).size === keys.length &&
  keys.length <= maxLabelKeys;

/** A settings event stays small: ten years of a day every other week. */
const maxDays = 260;

const isWithin = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to;

const isDay = (text: string): boolean => parseDay(text) !== undefined;

/** A week without a working day would leave nothing to compare with. */
const areWeekendDays = (days: readonly number[]): boolean =>
  days.every((day) => isWithin(day, 1, 7)) && new Set(days).size <= 6;

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
// Codes that Unicode knows besides the countries: unions, pseudo-locales, "unknown".
const noCountry = /^(EU|EZ|QO|UN|X[AB]|ZZ)$/;

/** In its present spelling: `UK` is an alias of `GB`, and calendars of holidays know only that. */
const isCountry = (code: string): boolean =>
  /^[A-Z]{2}$/.test(code) &&
  !noCountry.test(code) &&
  regionNames.of(code) !== undefined &&
  new Intl.Locale(`und-${code}`).region === code;

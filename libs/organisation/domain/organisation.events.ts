import { z } from 'zod';

/** A day as `yyyy-MM-dd`, in the organisation's zone. */
const day = z.iso.date();

/** Which days are holidays: those of a country, and of a region in it, with days of the organisation's own. */
export const holidays = z.strictObject({
  /** ISO 3166-1 alpha-2. */
  country: z.string(),
  region: z.string().optional(),
  added: z.array(day),
  removed: z.array(day),
});
export type Holidays = Readonly<z.infer<typeof holidays>>;

/** The largest ceiling there may be for the cost of one record: a billion of the currency. */
export const highestRecordMicros = 10 ** 15;

/** What a fan-out gets that names a group which nobody knows. */
export const unknownGroupRules = ['refuse', 'unassigned'] as const;
export type UnknownGroupRule = (typeof unknownGroupRules)[number];

/** Keys of labels: as many as count at once, and as there may ever have been, because spend by each is kept for good. */
export const maxLabelKeys = 6;
export const maxLabelKeysEver = 100;

/** Events of the one stream `organisation`. */
export const organisationEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('OrganisationNamed'), data: z.strictObject({ name: z.string() }) }),
  /** ISO 4217. */
  z.strictObject({ type: z.literal('CurrencyChosen'), data: z.strictObject({ currency: z.string() }) }),
  /** IANA. */
  z.strictObject({ type: z.literal('TimeZoneChosen'), data: z.strictObject({ timeZone: z.string() }) }),
  z.strictObject({
    type: z.literal('WeekendDaysChosen'),
    /** 1 is Monday, 7 is Sunday, in this order. */
    data: z.strictObject({ weekendDays: z.array(z.int().min(1).max(7)), from: day }),
  }),
  z.strictObject({
    type: z.literal('HolidaysChosen'),
    /** `null`: none. */
    data: z.strictObject({ holidays: holidays.nullable(), from: day }),
  }),
  z.strictObject({
    type: z.literal('CloseDayChosen'),
    data: z.strictObject({ closeDay: z.int().min(1).max(28) }),
  }),
  z.strictObject({
    type: z.literal('MaxRecordMicrosChosen'),
    /** What one record may cost at most. */
    data: z.strictObject({ maxRecordMicros: z.int().min(1).max(highestRecordMicros), from: day }),
  }),
  z.strictObject({
    type: z.literal('NewGroupCapChosen'),
    /** The cap of a group without a basis; `null`: none. */
    data: z.strictObject({ newGroupCapMicros: z.int().nonnegative().nullable() }),
  }),
  z.strictObject({
    type: z.literal('UnknownGroupsChosen'),
    data: z.strictObject({ unknownGroups: z.enum(unknownGroupRules) }),
  }),
  /** Which labels of records are kept from here on: their keys, sorted. */
  z.strictObject({
    type: z.literal('LabelKeysChosen'),
    data: z.strictObject({ labelKeys: z.array(z.string()).max(maxLabelKeys) }),
  }),
  /** The first record is about to be stored: currency and time zone stay as they are from here on. */
  z.strictObject({ type: z.literal('OrganisationFixed'), data: z.strictObject({}) }),
]);
export type OrganisationEvent = z.infer<typeof organisationEvent>;

/** Types of the events of this capability. */
export const organisationEventTypes: readonly string[] = organisationEvent.options.map(
  (event) => event.shape.type.value,
);
const types: ReadonlySet<string> = new Set(organisationEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isOrganisationEvent = (event: {
  readonly type: string;
  readonly data: object;
}): event is OrganisationEvent => types.has(event.type);

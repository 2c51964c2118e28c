/** What settings of the organisation are refused with. */
export const organisationCodes = [
  'currencyFixed',
  'timeZoneFixed',
  'unknownCurrency',
  'unknownTimeZone',
  'unknownCountry',
] as const;
export type OrganisationCode = (typeof organisationCodes)[number];

/** What the close of a month is refused with. */
export const periodsCodes = ['periodNotEnded', 'periodAlreadyClosed'] as const;
export type PeriodsCode = (typeof periodsCodes)[number];

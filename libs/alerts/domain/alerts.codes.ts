/** What people are refused with about alerts. */
export const alertsCodes = ['unknownAlert', 'alertNotOpen'] as const;
export type AlertsCode = (typeof alertsCodes)[number];

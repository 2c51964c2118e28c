/** What any command may be refused with before it is decided. */
export const eventSourcingCodes = ['staleVersion', 'idempotencyConflict'] as const;
export type EventSourcingCode = (typeof eventSourcingCodes)[number];

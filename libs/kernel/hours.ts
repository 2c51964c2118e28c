import { millisecondsInHour } from 'date-fns/constants';

/** An hour of UTC: hours since 1970. */
export type Hour = number;

/** The hour an instant (milliseconds since 1970) is in. */
export const hourOf = (ms: number): Hour => Math.floor(ms / millisecondsInHour);

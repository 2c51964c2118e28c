/** An hour of UTC: hours since 1970. */
export type Hour = number;

export const hourMs = 3_600_000;

/** The hour an instant (milliseconds since 1970) is in. */
export const hourOf = (ms: number): Hour => Math.floor(ms / hourMs);

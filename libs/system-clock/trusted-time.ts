import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';

/** What can be read at one moment. */
export interface ClockSample {
  /** What the machine's clock says, milliseconds since 1970. */
  readonly wallMs: number;
  /** Time since some moment in the past that no clock setting changes; it counts suspend. */
  readonly elapsedMs: number;
  /** What the last event that another clock has timed says about now: not later than this, as far as the log knows. */
  readonly logMs: number | undefined;
}

/** Why somebody has to look at the clock. `jumped`: it has left trusted time. The others are about a start. */
export type AlarmKind = 'jumped' | 'startedBeforeLog' | 'startedLongAfterLog';

interface ClockAnomaly {
  readonly kind: AlarmKind;
  /** When it began, in elapsed time. */
  readonly sinceMs: number;
  /** The wall clock less elapsed time, and since when that has stayed so. */
  readonly wallOffsetMs: number;
  readonly steadySinceMs: number;
}

/** Trusted time is elapsed time plus `offsetMs`. */
export interface TrustedTime {
  readonly offsetMs: number;
  /** What the offset may leave by no more than the tolerance until it is taken anew, once an hour. */
  readonly anchorMs: number;
  readonly anchoredAtMs: number;
  readonly doubt: ClockAnomaly | undefined;
}

/** A wall clock that differs by more has jumped; by less, it is followed: within an hour that is all it can move. */
export const toleranceMs = 5 * millisecondsInMinute;
/** A difference that has lasted so long is believed. */
const believedAfterMs = millisecondsInHour;
/** A start that is later than the last event by more may be one with a wrong clock. */
const longAfterLogMs = 31 * millisecondsInDay;

const believed = ({ wallMs, elapsedMs }: ClockSample): TrustedTime => {
  const offsetMs = wallMs - elapsedMs;
  return { offsetMs, anchorMs: offsetMs, anchoredAtMs: elapsedMs, doubt: undefined };
};

/** At a start the wall clock is trusted: there is nothing else. */
export const startedAt = believed;

export const trustedMs = (state: TrustedTime, { elapsedMs }: ClockSample): number => state.offsetMs + elapsedMs;

/** When the log of a start has become known: whether the wall clock fits to its last event. */
export const comparedWithLog = (state: TrustedTime, reading: ClockSample): TrustedTime => {
  const { wallMs, elapsedMs, logMs } = reading;
  const kind = logMs === undefined ? undefined : startDoubt(wallMs - logMs);
  if (kind === undefined || state.doubt !== undefined) return state;
  return { ...state, doubt: doubtOf(kind, reading, elapsedMs) };
};

const startDoubt = (afterLogMs: number): AlarmKind | undefined => {
  if (afterLogMs < -toleranceMs) return 'startedBeforeLog';
  return afterLogMs > longAfterLogMs ? 'startedLongAfterLog' : undefined;
};

const doubtOf = (kind: AlarmKind, { wallMs, elapsedMs }: ClockSample, sinceMs: number): ClockAnomaly => ({
  kind,
  sinceMs,
  wallOffsetMs: wallMs - elapsedMs,
  steadySinceMs: elapsedMs,
});

/** Trusted time after the next look at the clocks. */
export const looked = (state: TrustedTime, reading: ClockSample): TrustedTime => {
  const { wallMs, elapsedMs } = reading;
  const wallOffsetMs = wallMs - elapsedMs;
  if (Math.abs(wallOffsetMs - state.anchorMs) <= toleranceMs) return followed(state, wallOffsetMs, elapsedMs);
  if (isNearerToLog(state, reading)) return believed(reading);
  const { doubt } = state;
  const isSame = doubt?.kind === 'jumped' && Math.abs(wallOffsetMs - doubt.wallOffsetMs) <= toleranceMs;
  const jump = isSame ? doubt : doubtOf('jumped', reading, doubt?.kind === 'jumped' ? doubt.sinceMs : elapsedMs);
  return elapsedMs - jump.steadySinceMs >= believedAfterMs ? believed(reading) : { ...state, doubt: jump };
};

const followed = (state: TrustedTime, offsetMs: number, elapsedMs: number): TrustedTime => {
  const { doubt, anchoredAtMs } = state;
  const isOver = doubt?.kind === 'jumped' || (doubt && elapsedMs - doubt.steadySinceMs >= believedAfterMs) === true;
  const isAnchored = doubt?.kind === 'jumped' || elapsedMs - anchoredAtMs < believedAfterMs;
  return {
    offsetMs,
    anchorMs: isAnchored ? state.anchorMs : offsetMs,
    anchoredAtMs: isAnchored ? anchoredAtMs : elapsedMs,
    doubt: isOver ? undefined : doubt,
  };
};

/** A machine that started with a wrong clock is put right: to a time that is not before the log's, and nearer to it. */
const isNearerToLog = (state: TrustedTime, reading: ClockSample): boolean => {
  const { wallMs, logMs } = reading;
  if (logMs === undefined || wallMs < logMs - toleranceMs) return false;
  return Math.abs(wallMs - logMs) < Math.abs(trustedMs(state, reading) - logMs);
};

/** Whether trusted time has jumped away from what the log says: a difference that has lasted is believed now. */
export const hasLeftLog = (beforeMs: number, afterMs: number, { logMs }: ClockSample): boolean =>
  Math.abs(afterMs - beforeMs) > toleranceMs &&
  (logMs === undefined || Math.abs(afterMs - logMs) > Math.abs(beforeMs - logMs));

/** The owner says that the wall clock is right. */
export const confirmed = (_state: TrustedTime, reading: ClockSample): TrustedTime => believed(reading);

import type { AlertKey } from './alert-key.js';
import { importanceOf } from './alert-types.js';
import type { AlertEvent, Evidence } from './alerts.events.js';

/** What somebody saw who looked at the condition of an alert at one log position. */
export interface Observation extends AlertKey {
  /** The condition is true. */
  readonly holds: boolean;
  /** It is false enough to resolve. Neither is true between the bar and where it clears: then nothing changes. */
  readonly clears: boolean;
  /** Why it is gone, if it is: `capRaised`, `spendFell`, `noCap`, `monthOver`, ... */
  readonly because: string;
  /** With `clears`: it is gone for good, because its month is over. */
  readonly final: boolean;
  readonly evidence: Evidence;
  /** What of the evidence matters: an open alert is updated when this text changes, and only then. */
  readonly fingerprint: string;
  /** The log position of the views that were looked at. */
  readonly position: number;
}

/** What an observation meets: it is newer than everything that was acted on. */
interface EpisodeState {
  readonly alertId: string;
  readonly episode: number;
  readonly isOpen: boolean;
  readonly isMuted: boolean;
  readonly isSuppressed: boolean;
  readonly fingerprint: string;
}

/** The condition is true: raises the next episode, updates the open one, or says nothing. */
export const held = (observation: Observation, standing: EpisodeState): readonly AlertEvent[] => {
  const { alertId, episode, isOpen, isMuted, isSuppressed } = standing;
  const { type, groupId, userId, period, threshold, evidence, fingerprint, position } = observation;
  const observed = { evidence, fingerprint, position };
  if (isOpen) {
    if (fingerprint === standing.fingerprint) return [];
    return [{ type: 'AlertUpdated', data: { alertId, groupId, episode, ...observed } }];
  }
  if (isMuted || isSuppressed) return [];
  const raised = { ...importanceOf(type, threshold), ...observed, episode: episode + 1 };
  return [{ type: 'AlertRaised', data: { alertId, type, groupId, userId, period, threshold, ...raised } }];
};

/** The condition is gone: resolves the open episode, or ends the mute. */
export const cleared = (observation: Observation, standing: EpisodeState): readonly AlertEvent[] => {
  const { alertId, episode, isOpen, isMuted } = standing;
  const { groupId, because, final, position } = observation;
  if (isOpen) {
    return [{ type: 'AlertResolved', data: { alertId, groupId, episode, because, muted: false, final, position } }];
  }
  // After the end of its month nothing raises it: whether it is muted no longer matters.
  return isMuted && !final ? [{ type: 'AlertUnmuted', data: { alertId, groupId, position } }] : [];
};

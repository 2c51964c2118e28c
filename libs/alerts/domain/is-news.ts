import { alertDecider } from './alert.js';
import type { KnownAlert } from './known-alert.js';
import type { Observation } from './observation.js';

/**
 * Whether telling what was seen would change anything: most of what is looked at is as it was. The alert decides again
 * when it is told.
 *
 * @param known the alert as the view has it; undefined if it was never raised
 */
export const isNews = (
  known: KnownAlert | undefined,
  { holds, clears, fingerprint }: Pick<Observation, 'holds' | 'clears' | 'fingerprint'>,
  nowMs: number,
): boolean => {
  const alert = known?.entry.alert ?? alertDecider.initial;
  const isOpen = alert.state === 'raised' || alert.state === 'acknowledged';
  if (clears) return isOpen || alert.isMuted;
  if (!holds) return false;
  if (isOpen) return alert.fingerprint !== fingerprint;
  return !alert.isMuted && nowMs >= alert.suppressedUntilMs;
};

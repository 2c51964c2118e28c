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
  const isOpen = known !== undefined && known.state !== 'resolved';
  if (clears) return isOpen || known?.muted === true;
  if (!holds) return false;
  if (isOpen) return known.fingerprint !== fingerprint;
  return known?.muted !== true && nowMs >= Date.parse(known?.suppressedUntil ?? '1970-01-01T00:00:00Z');
};

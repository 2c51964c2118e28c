/** What is left of a time. A clock that is put back ends it: otherwise it would last until the old time is reached again. */
export const leftMs = (beganMs: number, lastsMs: number, nowMs: number): number => {
  const passedMs = nowMs - beganMs;
  return passedMs < 0 ? 0 : Math.max(0, lastsMs - passedMs);
};

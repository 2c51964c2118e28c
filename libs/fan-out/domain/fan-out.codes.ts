/** What fan-outs are refused with. Why one is denied, which is no refusal: `DenialReason`. */
export const fanOutCodes = [
  'unknownFanOut',
  'unknownParentFanOut',
  'parentFanOutEnded',
  'parentOfAnotherTree',
  'requestIdConflict',
  'holdTooLarge',
  'leaseEnded',
] as const;
export type FanOutCode = (typeof fanOutCodes)[number];

/** What a key that is limited is refused with, and what several capabilities refuse with, each in its own words. */
export const kernelCodes = [
  'groupNotAllowed',
  'sourceNotAllowed',
  'invalidValue',
  'invalidPeriod',
  'reasonMissing',
] as const;
export type KernelCode = (typeof kernelCodes)[number];

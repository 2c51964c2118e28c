/** What corrections and ends of tasks are refused with. Why a single record is refused: `recordFaultCodes`. */
export const meteringCodes = [
  'unknownRecord',
  'unknownTask',
  'unknownJob',
  'alreadyVoided',
  'taskAlreadyFinished',
] as const;
export type MeteringCode = (typeof meteringCodes)[number];

/** What cap policies and top-ups are refused with. */
export const capsCodes = [
  'invalidMultiple',
  'floorAboveCeiling',
  'invalidThresholds',
  'invalidUserShare',
  'invalidAmount',
  'enforceTooEarly',
  'periodOver',
] as const;
export type CapsCode = (typeof capsCodes)[number];

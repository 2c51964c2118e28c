/** In `npm run test:long`. */
export const isLong = process.env.BURSAR_TEST_RUNS === 'long';

/**
 * How often a property or a campaign runs: `short` in `npm test`, `long` in `npm run test:long`.
 *
 * @example fc.assert(property, { numRuns: runs(200, 20_000) })
 */
export const runs = (short: number, long: number): number => (isLong ? long : short);

/**
 * `it` where it can be checked. Elsewhere the test is skipped, and its title says why: nothing passes without checking.
 *
 * @param isPossible known before the test is defined
 * @param needed what is missing: `mounting needs root`
 */
export const itWhen = (isPossible: boolean, needed: string): ((title: string, test: () => Promise<void>) => void) =>
  isPossible ? it : (title) => it.skip(`${title} (NOT CHECKED: ${needed})`, () => undefined);

/** Something that is not as it has to be. */
export interface Finding {
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
}

/** All that was found: how many in all, and the first of them. */
export interface Findings {
  readonly count: number;
  readonly listed: readonly Finding[];
  add(what: string, difference?: { readonly expected: string; readonly found: string }): void;
}

/** As many as a person reads; what is wrong once is often wrong a million times. */
const listedAtMost = 20;

export const createFindings = (): Findings => {
  const listed: Finding[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    listed,
    add(what, difference) {
      count++;
      if (listed.length < listedAtMost) listed.push({ what, ...difference });
    },
  };
};

/** The two sides of a difference, as texts. */
export const told = (expected: number | string, found: number | string | undefined) => ({
  expected: String(expected),
  found: found === undefined ? 'nothing' : String(found),
});

/** Something that is not as it has to be. */
export interface Finding {
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
}

/** What findings are about, the causes first: what comes later in this list often follows from what comes before. */
const kinds = [
  'damagedEvent',
  'chain',
  'event',
  'other',
  'organisation',
  'rating',
  'correction',
  'index',
  'rows',
  'spend',
  'hours',
  'service',
] as const;
export type FindingKind = (typeof kinds)[number];

/** What a check tells its findings to. */
export interface FindingSink {
  add(what: string, difference?: Omit<Finding, 'what'>): void;
}

/** All that was found: how many in all, and the first of each kind. */
export interface Findings {
  readonly count: number;
  readonly listed: readonly Finding[];
  /** How many of each kind are not listed. */
  readonly unlisted: readonly { readonly kind: FindingKind; readonly count: number }[];
  of(kind: FindingKind): FindingSink;
}

/** As many as a person reads: what is wrong once is often wrong a million times. */
const listedOfKind = 20;

interface OfKind {
  readonly kind: FindingKind;
  readonly listed: Finding[];
  count: number;
}

export const createFindings = (): Findings => {
  const found = new Map<FindingKind, OfKind>(kinds.map((kind) => [kind, { kind, listed: [], count: 0 }]));
  const all = (): readonly OfKind[] => [...found.values()];
  return {
    get count() {
      return all().reduce((sum, { count }) => sum + count, 0);
    },
    get listed() {
      return all().flatMap(({ listed }) => listed);
    },
    get unlisted() {
      return all()
        .map(({ kind, listed, count }) => ({ kind, count: count - listed.length }))
        .filter(({ count }) => count > 0);
    },
    of: (kind) => ({
      add(what, difference) {
        const of = found.get(kind);
        if (of === undefined) return;
        of.count++;
        if (of.listed.length < listedOfKind) of.listed.push({ ...difference, what });
      },
    }),
  };
};

/** The two sides of a difference, as texts. */
export const told = (expected: number | string, found: number | string | undefined) => ({
  expected: String(expected),
  found: found === undefined ? 'nothing' : String(found),
});

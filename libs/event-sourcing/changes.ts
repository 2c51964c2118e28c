/** A sort of things of which views say that they have changed, such as groups. Each capability declares its own. */
export class ChangeKind {
  constructor(readonly name: string) {}
}

/** The same for pairs of numbers, such as a user in a group. */
export class PairChangeKind {
  /** @param most when so many have changed they are no longer remembered: a pass over all of them is less work */
  constructor(
    readonly name: string,
    readonly most: number,
  ) {}
}

const none: ReadonlySet<never> = new Set();

/** Pairs that have changed, as long as they are few. */
export class ChangedPairs {
  #seconds: Map<number, Set<number>> | undefined = new Map();
  #size = 0;

  constructor(private readonly most: number) {}

  /** They are not remembered any more: any pair may have changed. */
  get isMany(): boolean {
    return this.#seconds === undefined;
  }

  add(first: number, second: number): void {
    if (this.#seconds === undefined) return;
    let seconds = this.#seconds.get(first);
    if (seconds === undefined) this.#seconds.set(first, (seconds = new Set()));
    if (seconds.has(second)) return;
    seconds.add(second);
    if (++this.#size >= this.most) this.#seconds = undefined;
  }

  addAll(others: ChangedPairs): void {
    if (others.#seconds === undefined) this.#seconds = undefined;
    else for (const [first, seconds] of others.#seconds) for (const second of seconds) this.add(first, second);
  }

  /** Those that have changed together with `first`; none if they are many. */
  of(first: number): ReadonlySet<number> {
    return this.#seconds?.get(first) ?? none;
  }
}

/**
 * Change set: what events have changed, as the views that have folded them say, for sagas to look at. It says what may be
 * due, never what is.
 */
export class Changes {
  #everything = false;
  readonly #ids = new Map<ChangeKind, Set<string>>();
  readonly #pairs = new Map<PairChangeKind, ChangedPairs>();

  /** Whether anything at all may be due. */
  get everything(): boolean {
    return this.#everything;
  }

  get isEmpty(): boolean {
    return !this.#everything && this.#ids.size === 0 && this.#pairs.size === 0;
  }

  add(kind: ChangeKind, id: string): void {
    const ids = this.#ids.get(kind);
    if (ids === undefined) this.#ids.set(kind, new Set([id]));
    else ids.add(id);
  }

  /** Something has changed that concerns everybody. */
  addEverything(): void {
    this.#everything = true;
  }

  /** To be added to. */
  addPairs(kind: PairChangeKind): ChangedPairs {
    let pairs = this.#pairs.get(kind);
    if (pairs === undefined) this.#pairs.set(kind, (pairs = new ChangedPairs(kind.most)));
    return pairs;
  }

  /**
   * Adds of others what is of these kinds, and not that everything has changed.
   *
   * @returns whether there was anything
   */
  merge(others: Changes, kinds: readonly (ChangeKind | PairChangeKind)[]): boolean {
    let hasAny = false;
    for (const kind of kinds) {
      if (kind instanceof PairChangeKind) {
        const pairs = others.#pairs.get(kind);
        if (pairs === undefined) continue;
        this.addPairs(kind).addAll(pairs);
        hasAny = true;
      } else {
        for (const id of others.ids(kind)) {
          this.add(kind, id);
          hasAny = true;
        }
      }
    }
    return hasAny;
  }

  ids(kind: ChangeKind): ReadonlySet<string> {
    return this.#ids.get(kind) ?? none;
  }

  pairs(kind: PairChangeKind): ChangedPairs {
    return this.#pairs.get(kind) ?? new ChangedPairs(kind.most);
  }
}

/** Everything may be due. */
export const everythingChanged = (): Changes => {
  const changes = new Changes();
  changes.addEverything();
  return changes;
};

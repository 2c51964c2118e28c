import { Changes } from './changes.js';

/**
 * What views hand to later ones while one event is folded. A view declares a `Slot`, fills it, and those after it in the
 * list of views read it: what the event came to (which of its rows count) is worked out once.
 */
export class FoldContext {
  /** Counts events: what was put for one is not there for the next. */
  turn = 0;
  /** What events have changed since it was last taken: views add to it. */
  changes = new Changes();

  put<T>(slot: Slot<T>, value: T): void {
    slot.put(this, value);
  }

  /** Throws when no view has put it for this event: those who do have to stand before those who ask. */
  get<T>(slot: Slot<T>): T {
    return slot.get(this);
  }

  /** What was added since the last call. */
  takeChanges(): Changes {
    const { changes } = this;
    if (!changes.isEmpty) this.changes = new Changes();
    return changes;
  }

  /** The event is folded by every view. */
  end(): void {
    this.turn++;
  }
}

/** A typed place in a `FoldContext`. Its values belong to one fold and one event. */
export class Slot<T> {
  readonly #values = new WeakMap<FoldContext, { readonly turn: number; readonly value: T }>();

  constructor(readonly name: string) {}

  put(at: FoldContext, value: T): void {
    this.#values.set(at, { turn: at.turn, value });
  }

  get(at: FoldContext): T {
    const held = this.#values.get(at);
    if (held?.turn !== at.turn) {
      throw new Error(`No view has put "${this.name}" for this event: the one that does has to be folded before.`);
    }
    return held.value;
  }
}

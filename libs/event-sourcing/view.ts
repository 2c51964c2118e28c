import type { StoredEvent } from './ports/event-log.js';
import type { FoldContext } from './fold-context.js';

abstract class Projection {
  /** Its part in a snapshot. */
  abstract readonly name: string;
  /** Types of the events it folds, or all of them. */
  abstract readonly handles: readonly string[] | 'all';
  /** Folds one event, in the order of the log. It accepts every fact there is: it does not throw. */
  abstract apply(event: StoredEvent, at: FoldContext): void;
}

/**
 * Projection: what the log says, folded for those who read it from memory. Each view stands in `bursar.views.ts`, in the
 * order in which an event goes through them, and whoever reads injects the one view it needs.
 */
export abstract class View extends Projection {
  /** What a snapshot keeps of it: JSON-native (bytes are allowed), and not changed by what is folded later. */
  abstract save(): object;
  /** Takes over what `save` gave; there must be nothing yet. Throws when it is something else. */
  abstract load(saved: object): void;
}

/**
 * A stream as a view has it, if the view keeps exactly what the stream's decider decides on: folded by that decider's
 * `evolve`, and never changed in place. A command is decided on it (`inView` of `Commands.execute`).
 */
export interface StreamState<S> {
  readonly state: S;
  /** Of the last event that is in the state; -1 before the first. */
  readonly revision: number;
}

/** A moment of a view, kept while the fold goes on. */
export interface FrozenView {
  /** What has changed since the snapshot before, encoded one by one as they are asked for. To be gone through once. */
  readonly parts: Iterable<readonly [key: string, bytes: Uint8Array]>;
  /** The parts are durable. */
  commit(): void;
  /** They are not: the next snapshot has them again. */
  abort(): void;
}

/** A projection that is too big to be saved as one value: it reads and writes parts of a snapshot by itself. */
export abstract class PartedView extends Projection {
  /** Begins a snapshot of this moment; the fold may go on while its parts are written. One at a time. */
  abstract freeze(): FrozenView;
  /** Whether changes pile up that only a snapshot lets go. */
  abstract wantsSnapshot(): boolean;
  /** Keys of all of its parts begin with this. */
  abstract readonly prefix: string;
  /** Takes in a snapshot by the keys of its parts; only while nothing is folded. Throws if it is damaged. */
  abstract restore(keys: readonly string[]): void;
}

export type AnyView = View | PartedView;
/** The class of a view. */
export type ViewType<V extends AnyView> = abstract new (...given: never[]) => V;

import type { StoredEvent } from './ports/event-log.js';
import type { Changes } from './changes.js';
import { FoldContext } from './fold-context.js';
import { type AnyView, PartedView, View, type ViewType } from './view.js';

/** Goes up when a view folds an event to another meaning or saves another shape: all of them are then folded anew. */
export const foldVersion = 3;

/**
 * Projection: the views in their order, folded in step: after `apply` all of them stand at the same position. Only the
 * feed calls it. An event of a type that no view handles is let pass.
 */
export class Fold {
  /** Position of the last event folded. */
  position = 0;
  /** The id of that event. */
  lastEventId = '';
  readonly #context = new FoldContext();
  readonly #byType = new Map<string, readonly AnyView[]>();

  constructor(readonly views: readonly AnyView[]) {}

  apply(event: StoredEvent): void {
    for (const view of this.#handling(event.type)) view.apply(event, this.#context);
    this.position = event.position;
    this.lastEventId = event.id;
    this.#context.end();
  }

  /** What the events folded since the last call have changed, as the views say. */
  takeChanges(): Changes {
    return this.#context.takeChanges();
  }

  /** The view of a class. Throws if it stands not in the list. */
  view<V extends AnyView>(type: ViewType<V>): V {
    for (const view of this.views) if (view instanceof type) return view;
    throw new Error(`${type.name} does not stand in the list of views.`);
  }

  /** Views that a snapshot keeps as one value each. */
  whole(): readonly View[] {
    return this.views.filter((view) => view instanceof View);
  }

  /** Views that keep parts of their own in a snapshot. */
  parted(): readonly PartedView[] {
    return this.views.filter((view) => view instanceof PartedView);
  }

  #handling(type: string): readonly AnyView[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const handling = this.views.filter(({ handles }) => handles === 'all' || handles.includes(type));
    this.#byType.set(type, handling);
    return handling;
  }
}

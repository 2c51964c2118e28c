import assert from 'node:assert/strict';
import type { StoredEvent } from './ports/event-log.js';
import { stored } from '#test/support/stored.js';
import { type FoldContext, Slot } from './fold-context.js';
import { Fold } from './fold.js';
import { View } from './view.js';

const words = new Slot<readonly string[]>('words');

class Speaker extends View {
  readonly name = 'speaker';
  readonly handles = ['Said'];
  apply({ position }: StoredEvent, at: FoldContext): void {
    at.put(words, [`said at ${String(position)}`]);
  }
  save = (): object => ({});
  load = (): void => undefined;
}
const heard: string[] = [];
class Listener extends View {
  readonly name = 'listener';
  readonly handles = 'all';
  apply(_: StoredEvent, at: FoldContext): void {
    heard.push(...at.get(words));
  }
  save = (): object => ({});
  load = (): void => undefined;
}

describe('a fold', () => {
  beforeEach(() => (heard.length = 0));

  it('takes an event through the views that handle it, in their order', () => {
    const fold = new Fold([new Speaker(), new Listener()]);
    fold.apply(stored({ type: 'Said', data: {} }, { position: 3 }));
    assert.deepEqual(heard, ['said at 3']);
    assert.deepEqual([fold.position, fold.lastEventId], [3, 'event-3']);
  });

  it('does not hand on what was put for another event, or in another fold', () => {
    const fold = new Fold([new Speaker(), new Listener()]);
    fold.apply(stored({ type: 'Said', data: {} }));
    for (const other of [fold, new Fold([new Listener()])]) {
      assert.throws(() => {
        other.apply(stored({ type: 'Done', data: {} }));
      }, /No view has put "words"/);
    }
  });

  it('lets an event pass that nobody handles', () => {
    const fold = new Fold([new Speaker()]);
    fold.apply(stored({ type: 'OfAnotherVersion', data: {} }, { position: 9 }));
    assert.equal(fold.position, 9);
  });
});

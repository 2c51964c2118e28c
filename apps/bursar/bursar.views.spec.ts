import assert from 'node:assert/strict';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { noParts } from '#event-sourcing/feed/snapshotter.js';
import { createViews } from './bursar.views.js';

describe('the list of views', () => {
  const views = Object.values(createViews(new MemoryLocationIndex(), noParts));

  it('gives each a part of its own in a snapshot', () => {
    assert.equal(new Set(views.map(({ name }) => name)).size, views.length);
  });
});

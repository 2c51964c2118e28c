import assert from 'node:assert/strict';
import { decodeEvent, encodeEvent, proposeEvent } from './propose-event.js';

const meta = { commandId: 'c', now: '2026-11-20T00:00:00.000Z', actor: 'apiKey:a', reason: '' };

describe('an event for the log', () => {
  it('is read back as it was offered', () => {
    const event = { type: 'Noted', data: { note: 'cafe\u0301 😀 \ufffd', numbers: [1, 2.5, null] } };
    const proposed = proposeEvent('c', 0, event, meta);
    assert.deepEqual(decodeEvent(proposed.bytes), { ...event, meta });
    assert.equal(encodeEvent('c', 0, event, meta).id, proposed.id);
  });

  for (const [what, data, reason] of [
    ['a text', { note: 'half \ud83d' }, ''],
    ['a name', { ['\udc00']: 1 }, ''],
    ['its reason', {}, '\ud800'],
  ] as const) {
    it(`is not made when ${what} would be read back as another`, () => {
      const event = { type: 'Noted', data };
      assert.throws(
        () => proposeEvent('c', 0, event, { ...meta, reason }),
        /^Error: Noted holds half a surrogate pair/,
      );
    });
  }
});

import assert from 'node:assert/strict';
import { maxStreams, maxStreamsOfCaller, OpenStreams } from './open-streams.js';

const refused = { status: 429, code: 'tooManyStreams' };

describe('open streams', () => {
  it('are so many a caller, and one more when one has ended', () => {
    const streams = new OpenStreams();
    const ends = Array.from({ length: maxStreamsOfCaller }, () => streams.enter('ana'));
    assert.throws(() => streams.enter('ana'), refused);
    streams.enter('bo');
    ends[0]();
    streams.enter('ana');
    assert.throws(() => streams.enter('ana'), refused);
  });

  it('are so many in all, whoever has them', () => {
    const streams = new OpenStreams();
    const ends = Array.from({ length: maxStreams }, (_, place) => streams.enter(`key-${String(place)}`));
    assert.throws(() => streams.enter('another'), refused);
    for (const end of ends) end();
    for (let place = 0; place < maxStreams; place++) streams.enter(`other-${String(place)}`);
  });
});

import assert from 'node:assert/strict';
import { BodiesUnderWay } from './bodies-under-way.js';
import { Problem } from './problem.js';

const bounds = { inAll: 100, bulk: 80, perKey: 40 };

const statusOf = (act: () => void): number | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem && error.more.retryAfterSeconds === 1) return error.status;
    throw error;
  }
  return undefined;
};

describe('the bodies under way', () => {
  it('are counted as what is announced, or what has come if that is more, until they end', () => {
    const bodies = new BodiesUnderWay(bounds);
    const body = bodies.begin('a', true);
    body.reach(10);
    body.reach(5);
    assert.deepEqual([bodies.bytes, body.bytes], [10, 10]);
    body.reach(12);
    assert.equal(bodies.bytes, 12);
    body.end();
    body.end();
    assert.equal(bodies.bytes, 0);
  });

  it('are 429 beyond the bound of a key, and go on when another one has ended', () => {
    const bodies = new BodiesUnderWay(bounds);
    const [first, second] = [bodies.begin('a', true), bodies.begin('a', true)];
    first.reach(30);
    assert.equal(
      statusOf(() => second.reach(11)),
      429,
    );
    assert.equal(bodies.bytes, 30, 'what is refused is not counted');
    assert.equal(
      statusOf(() => bodies.begin('b', true).reach(11)),
      undefined,
    );
    first.end();
    assert.equal(
      statusOf(() => second.reach(40)),
      undefined,
    );
  });

  it('are 503 beyond the bound of all, where bulk routes leave room for others', () => {
    const bodies = new BodiesUnderWay(bounds);
    for (const key of ['a', 'b']) bodies.begin(key, true).reach(40);
    assert.equal(
      statusOf(() => bodies.begin('c', true).reach(1)),
      503,
    );
    assert.equal(
      statusOf(() => bodies.begin('c', false).reach(20)),
      undefined,
    );
    assert.equal(
      statusOf(() => bodies.begin('d', false).reach(1)),
      503,
    );
  });
});

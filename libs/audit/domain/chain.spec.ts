import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { type ChainedEvent, chainStart, nextLink } from './chain.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const linksOf = (events: readonly ChainedEvent[]): readonly string[] => {
  const links: string[] = [];
  for (const event of events) links.push(nextLink(links.at(-1) ?? chainStart, event, sha256));
  return links;
};

const content = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const event = fc.record({
  stream: fc.constantFrom('group-eng', 'metering-main', 'audit'),
  id: fc.uuid(),
  recordedAtMs: fc.nat(),
  type: fc.constantFrom('GroupCreated', 'RecordsMetered'),
  data: content,
  meta: content,
});
/** A log: positions without gaps, revisions per stream, every id once. */
const log: fc.Arbitrary<readonly ChainedEvent[]> = fc
  .uniqueArray(event, { minLength: 2, maxLength: 8, selector: ({ id }) => id })
  .map((events) => {
    const revisions = new Map<string, number>();
    return events.map((one, at) => {
      const revision = (revisions.get(one.stream) ?? -1) + 1;
      revisions.set(one.stream, revision);
      return { ...one, position: at + 1, revision };
    });
  });

const edits: readonly ((event: ChainedEvent) => ChainedEvent)[] = [
  (one) => ({ ...one, position: one.position + 1 }),
  (one) => ({ ...one, stream: `${one.stream}x` }),
  (one) => ({ ...one, revision: one.revision + 1 }),
  (one) => ({ ...one, id: `${one.id}x` }),
  (one) => ({ ...one, recordedAtMs: one.recordedAtMs + 1 }),
  (one) => ({ ...one, type: `${one.type}x` }),
  (one) => ({ ...one, data: { ...one.data, another: 1 } }),
  (one) => ({ ...one, data: [one.data] }),
  (one) => ({ ...one, meta: { ...one.meta, reason: 'another' } }),
  (one) => ({ ...one, data: one.meta, meta: [one.data] }),
];

/** Checks that links before `from` are what they were, and that all from there on are not. */
const assertDiffersFrom = (from: number, before: readonly string[], after: readonly string[]): void => {
  assert.deepEqual(after.slice(0, from), before.slice(0, from));
  for (let at = from; at < Math.max(before.length, after.length); at++) assert.notEqual(after[at], before[at]);
};

const seeded = <T>(property: fc.IProperty<T>): void => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  fc.assert(property, { seed, numRuns: runs(500, 50_000), includeErrorInReport: true });
};

describe('the chain of hashes', () => {
  it('changes from an event on that is edited in any way', () => {
    seeded(
      fc.property(log, fc.nat(), fc.nat(), (events, where, how) => {
        const at = where % events.length;
        const edited = events.map((one, place) => (place === at ? edits[how % edits.length](one) : one));
        assertDiffersFrom(at, linksOf(events), linksOf(edited));
      }),
    );
  });

  it('changes from an event on that is left out, also if all others close the gap', () => {
    seeded(
      fc.property(log, fc.nat(), fc.nat({ max: 1 }), (events, where, closed) => {
        const at = where % (events.length - 1);
        const left = events
          .filter((_, place) => place !== at)
          .map((one) => ({ ...one, position: one.position - (closed === 1 && one.position > at ? 1 : 0) }));
        assertDiffersFrom(at, linksOf(events), linksOf(left));
      }),
    );
  });

  it('changes from the first of two events on that swap their places, also if they take each other’s position', () => {
    seeded(
      fc.property(log, fc.nat(), fc.nat(), (events, one, other) => {
        const [a, b] = [one % events.length, other % events.length].sort((x, y) => x - y);
        fc.pre(a !== b);
        const swapped = [...events];
        [swapped[a], swapped[b]] = [
          { ...events[b], position: events[a].position },
          { ...events[a], position: events[b].position },
        ];
        assertDiffersFrom(a, linksOf(events), linksOf(swapped));
      }),
    );
  });

  it('goes on from any link as if it had begun at the start, and is the same wherever it is made', () => {
    seeded(
      fc.property(log, fc.nat(), (events, where) => {
        const at = where % events.length;
        const links = linksOf(events);
        let link = at === 0 ? chainStart : links[at - 1];
        const copies = structuredClone(events.slice(at));
        for (const one of copies) link = nextLink(link, one, sha256);
        assert.equal(link, links.at(-1));
      }),
    );
  });

  it('is a hash that anybody can make again', () => {
    const first = {
      position: 1,
      stream: 's',
      revision: 0,
      id: 'i',
      recordedAtMs: 5,
      type: 'T',
      data: { a: 1 },
      meta: {},
    };
    assert.equal(nextLink(chainStart, first, sha256), sha256(`${'0'.repeat(64)}\n[1,"s",0,"i",5,"T",{"a":1},{}]`));
  });
});

import assert from 'node:assert/strict';
import { givenFor, refusal, type Then } from '#test/support/given.js';
import type { Command, Decider, DomainEvent } from './decider.js';
import { refuse } from './refusal.js';

/** Puts some coins into a jar that holds ten. */
interface FillJar extends Command {
  readonly type: 'FillJar';
  readonly data: { readonly coins: number };
}
interface JarFilled extends DomainEvent {
  readonly type: 'JarFilled';
  readonly data: { readonly coins: number };
}
/** Not read-only: some of the deciders here change it. */
interface Jar {
  coins: number;
}
type JarCode = 'invalidAmount' | 'invalidValue';
type JarDecider = Decider<FillJar, Jar, JarFilled, JarCode>;

const tooMany = refuse('invalidAmount', 'The jar holds ten coins.');
const jarDecider: JarDecider = {
  initial: { coins: 0 },
  evolve: (jar, { data }) => ({ coins: jar.coins + data.coins }),
  decide: ({ data: { coins } }, jar) => {
    if (jar.coins + coins > 10) return tooMany;
    return coins === 0 ? [] : [filled(coins)];
  },
};
const filled = (coins: number): JarFilled => ({ type: 'JarFilled', data: { coins } });
const fill = (coins: number): FillJar => ({
  type: 'FillJar',
  data: { coins },
  meta: { commandId: 'c', nowMs: 0, actor: 'system:test', reason: '' },
});
const given = givenFor(jarDecider);
const brokenBy = (change: Partial<JarDecider>) => givenFor({ ...jarDecider, initial: { coins: 0 }, ...change });

describe('given, when, then', () => {
  it('goes on from what was decided, and from what happened besides', () => {
    const full = given([filled(3)])
      .when(fill(0))
      .then([])
      .when(fill(5))
      .then([filled(5)])
      .and([filled(1)])
      .when(fill(2))
      .then(refusal('invalidAmount'))
      .when(fill(1))
      .then([filled(1)]);
    assert.deepEqual(full.events, [3, 5, 1, 1].map(filled));
    assert.deepEqual(full.state, { coins: 10 });
    assert.equal(full.when(fill(1)).outcome, tooMany);
  });

  const fails: readonly [what: string, when: FillJar, then: Then<JarFilled, JarCode>, says: RegExp][] = [
    ['another event', fill(1), [filled(2)], /\+ +coins: 1\n- +coins: 2/],
    ['an event that is missing', fill(1), [], /\+ +then: \[/],
    ['an event too many', fill(0), [filled(0)], /\+ +then: \[\]/],
    ['a refusal for events', fill(11), [filled(11)], /\+ +detail: 'The jar holds ten/],
    ['a refusal for nothing', fill(11), [], /\+ +detail: 'The jar holds ten/],
    ['events for a refusal', fill(1), refusal('invalidAmount'), /- +code: 'invalidAmount'/],
    ['nothing for a refusal', fill(0), refusal('invalidAmount'), /- +code: 'invalidAmount'/],
    ['another code', fill(11), refusal('invalidValue'), /- +code: 'invalidValue'/],
    ['another detail', fill(11), refusal('invalidAmount', /twelve/), /\+ +detail: 'The jar .*\n- +detail: \/twelve\//],
  ];
  for (const [what, when, then, says] of fails) {
    it(`fails on ${what}, and shows it`, () => {
      assert.throws(() => given([]).when(when).then(then), { code: 'ERR_ASSERTION', message: says });
    });
  }

  const broken: readonly [what: string, change: Partial<JarDecider>, says: RegExp][] = [
    [
      'changes the state when it decides',
      {
        decide: ({ data: { coins } }, jar) => {
          jar.coins += coins;
          return [filled(coins)];
        },
      },
      /what decide got/,
    ],
    [
      'changes the command',
      {
        decide: (command) => {
          Object.assign(command, { data: { coins: 2 } });
          return [filled(1)];
        },
      },
      /what decide got/,
    ],
    [
      'changes the state that it goes on from',
      { evolve: (jar, { data }) => Object.assign(jar, { coins: jar.coins + data.coins }) },
      /what evolve got/,
    ],
    [
      'changes the event',
      {
        evolve: (jar, event) => {
          Object.assign(event, { data: { coins: 2 } });
          return jar;
        },
      },
      /what evolve got/,
    ],
    ['decides by more than it gets', { decide: () => [filled(next())] }, /what decide says again/],
    ['refuses by more than it gets', { decide: () => (next() % 2 === 0 ? tooMany : []) }, /what decide says again/],
    ['evolves by more than it gets', { evolve: () => ({ coins: next() }) }, /what evolve says again/],
    ['refuses without a word', { decide: () => refuse('invalidAmount', '') }, /detail of invalidAmount is no sentence/],
    ['refuses with a code', { decide: () => refuse('invalidAmount', 'no') }, /detail of invalidAmount is no sentence/],
  ];
  let last = 0;
  const next = () => ++last;
  for (const [what, change, says] of broken) {
    it(`fails on a decider that ${what}`, () => {
      const decideAndGoOn = () => brokenBy(change)([filled(1)]).when(fill(1)).outcome;
      assert.throws(decideAndGoOn, { code: 'ERR_ASSERTION', message: says });
    });
  }

  it('fails on a decider that changes a Map, which could not be frozen', () => {
    const jars: Decider<FillJar, Map<string, number>, JarFilled> = {
      initial: new Map(),
      evolve: (known, { data }) => known.set('jar', data.coins),
      decide: ({ data: { coins } }) => [filled(coins)],
    };
    const decision = givenFor(jars)([]).when(fill(1));
    assert.throws(() => decision.then([filled(1)]), { code: 'ERR_ASSERTION', message: /what evolve got/ });
  });
});

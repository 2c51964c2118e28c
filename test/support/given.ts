import assert from 'node:assert/strict';
import type { Command, Decider, DomainEvent } from '#kernel/decider.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';

/** A refusal as a test expects it: its code, and what its detail says. */
interface ExpectedRefusal<Code extends string> {
  readonly refused: true;
  readonly code: Code;
  readonly detail: RegExp;
}

/** What a command is expected to lead to: these events, none, or a refusal. */
export type Then<E, Code extends string = never> = readonly E[] | ExpectedRefusal<Code>;

/** One row of a table: given these events, when this is asked for, then that happens. */
export type Case<C, E, Code extends string = never> = readonly [
  what: string,
  given: readonly E[],
  when: C,
  then: Then<E, Code>,
];

/** What has happened so far. */
interface Given<C, S, E, Code extends string> {
  readonly events: readonly E[];
  /** What the events lead to, for laws about it. */
  readonly state: S;
  /** More has happened, whatever made it happen. */
  readonly and: (more: readonly E[]) => Given<C, S, E, Code>;
  readonly when: (command: C) => Decision<C, S, E, Code>;
}

interface Decision<C, S, E, Code extends string> {
  /** For laws, which do not know what to expect before they see it. */
  readonly outcome: readonly E[] | Refusal<Code>;
  /** Compares, and goes on from what has happened then; after a refusal from what had happened before. */
  readonly then: (expected: Then<E, Code>) => Given<C, S, E, Code>;
}

/**
 * How every decider is tested. Whatever a test is about, it is also held against what all deciders promise: `decide`
 * and `evolve` change nothing that they get and say the same a second time, and a refusal has a sentence to show.
 *
 * @example
 * const given = givenFor(periodDecider);
 * given([ended]).when(close(endsMs)).then([closed]).when(close(endsMs)).then(refusal('periodAlreadyClosed'));
 */
export const givenFor = <C extends Command, S, E extends DomainEvent, Code extends string>({
  initial,
  evolve,
  decide,
}: Decider<C, S, E, Code>) => {
  const reached = (state: S, events: readonly E[]): Given<C, S, E, Code> => ({
    state,
    events,
    and: (more) =>
      reached(
        more.reduce((before, event) => purely('evolve', evolve, before, event), state),
        [...events, ...more],
      ),
    when: (command) => {
      const outcome = purely('decide', decide, command, state);
      if (isRefusal(outcome)) assert.match(outcome.detail, sentence, `the detail of ${outcome.code} is no sentence`);
      return {
        outcome,
        then: (expected) => {
          const story = { given: events, when: command };
          assert.deepEqual({ ...story, then: outcome }, { ...story, then: fitted(expected, outcome) });
          return reached(state, events).and(isRefusal(outcome) ? [] : outcome);
        },
      };
    },
  });
  return (events: readonly E[]): Given<C, S, E, Code> => reached(initial, []).and(events);
};

/** To expect a refusal; `detail` where the code does not say which rule it was. */
export const refusal = <Code extends string>(code: Code, detail = sentence): ExpectedRefusal<Code> => ({
  refused: true,
  code,
  detail,
});

/** Several words on one line. */
const sentence = /^\S+( \S+)+$/;

/** A detail that matches is put in the place of its pattern, so that what does not fit is all that a failure shows. */
const fitted = <E, Code extends string>(expected: Then<E, Code>, outcome: readonly E[] | Refusal<Code>) =>
  'code' in expected && isRefusal(outcome) && expected.detail.test(outcome.detail)
    ? { ...expected, detail: outcome.detail }
    : expected;

/** Answers what `act` answers. Copies are compared, as freezing would not do: a frozen `Map` can still be changed. */
const purely = <A extends readonly unknown[], R>(name: string, act: (...input: A) => R, ...input: A): R => {
  const before = structuredClone(input);
  const answer = act(...input);
  const again = act(...input);
  assert.deepEqual(
    { [`what ${name} got, after it`]: structuredClone(input) },
    { [`what ${name} got, after it`]: before },
  );
  assert.deepEqual({ [`what ${name} says again`]: again }, { [`what ${name} says again`]: answer });
  return answer;
};

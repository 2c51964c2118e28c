import type { MovedUsers } from './moved-users.js';

/** Why a saga is woken. It compares state with what was already said, so a wake-up that is lost costs only time. */
export interface Wake {
  readonly nowMs: number;
  /** Everything may be due: at the start, at every full hour, after a failure, and when something concerns all. */
  readonly everything: boolean;
  /** Groups that have moved since the saga was last woken. Empty on a mere tick. */
  readonly groups: ReadonlyMap<string, GroupMove>;
  /** Users whose spend has moved since then, for a saga that looks at users. */
  readonly users: MovedUsers;
}

/** What of a group has moved: nothing but its spend, or its policy, cap or alerts, too. */
export type GroupMove = 'spend' | 'more';

/** One command to carry out. It may find that there is nothing to do any more. */
export interface SagaStep {
  /** What it is about, for the log: a group, a period. */
  readonly about: string;
  run(): Promise<unknown>;
}

/**
 * Process manager: a policy: looks at the views and says what is to be done. It must not change anything while it
 * looks.
 */
export interface Saga {
  /** A verb phrase that states the policy, such as `deriveCaps`. */
  readonly name: string;
  /** What is collected for it, between looks at everything. */
  readonly looksAt: 'time' | 'groups' | 'users';
  /** What is due now. Undefined is no step but a place to pause: one for every thing looked at keeps others running. */
  due(wake: Wake): Iterable<SagaStep | undefined>;
}

import type { ICommand } from '@nestjs/cqrs';
import type { ChangeKind, Changes, PairChangeKind } from '../changes.js';

/** Why a saga is evaluated. */
export interface Wake {
  readonly nowMs: number;
  /** Everything may be due: at the start, at every full hour, after a failure, and when something concerns all. */
  readonly everything: boolean;
  /** What has changed since the last evaluation, of the kinds that the saga collects. */
  readonly changes: Changes;
}

/** A command that is due. It may find that there is nothing to do any more. */
interface CommandDue {
  /** What it is about: commands about the same are carried out one after another. */
  readonly subject: string;
  readonly command: ICommand;
}

/** A subject that could not be looked at. It is counted, and tried again. */
interface FailedLook {
  readonly subject: string;
  readonly error: unknown;
}

export type Due = CommandDue | FailedLook;

/** Policy: what `levelTriggered` evaluates. */
export interface Evaluation {
  /** A verb phrase that states the policy, such as `deriveCaps`. */
  readonly saga: string;
  /** What is collected for it between two evaluations. Other changes do not concern it; time does, once a second. */
  readonly collects?: readonly (ChangeKind | PairChangeKind)[];
  /** After an evaluation nothing but everything is looked at for so long: what changes again and again is looked at once. */
  readonly minIntervalMs?: number;
  /**
   * What is due now. It changes nothing but what the saga remembers. Undefined is a place to pause: one for every thing
   * looked at keeps others running.
   */
  evaluate(wake: Wake): Iterable<Due | undefined>;
}

/**
 * What is due for one subject of many. A look that fails becomes a failure that is counted and tried again, and the looks
 * at the others go on.
 */
export function* isolateFailure(
  subject: string,
  look: () => Iterable<Due | undefined>,
): Generator<Due | undefined, void> {
  try {
    yield* look();
  } catch (error) {
    yield { subject, error };
  }
}

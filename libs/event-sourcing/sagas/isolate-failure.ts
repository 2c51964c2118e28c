import type { SagaStep } from './saga.js';

/**
 * What is due for one of many. A look that fails becomes a step that fails: it is counted and tried again, and the looks
 * at the others go on.
 *
 * @param about what is looked at, for the log
 */
export function* isolateFailure(
  about: string,
  look: () => Iterable<SagaStep | undefined>,
): Generator<SagaStep | undefined, void> {
  try {
    yield* look();
  } catch (error) {
    yield { about, run: () => Promise.reject(error instanceof Error ? error : new Error(String(error))) };
  }
}

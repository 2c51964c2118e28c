import { Observable, type OperatorFunction } from 'rxjs';
import type { Evaluation } from './evaluation.js';
import { EvaluationLoop } from './evaluation-loop.js';
import type { SagaCommand } from './saga-command.js';
import type { SagaLanes } from './saga-lanes.js';
import type { ViewsChanged } from './views-changed.js';

/**
 * Level-triggered reconciliation, as an operator of rxjs: collects what changes, evaluates the policy in time slices, one
 * evaluation after another, and emits the commands that are due. A look or a command that fails is counted, and
 * everything is looked at again 5 seconds later; the observable never fails, because Nest would not subscribe again.
 */
export const levelTriggered =
  (lanes: SagaLanes, evaluation: Evaluation): OperatorFunction<ViewsChanged, SagaCommand> =>
  (changed$) => {
    const own = lanes.open(evaluation.saga);
    return new Observable((subscriber) => {
      const loop = new EvaluationLoop(evaluation, own, lanes.clock, (command) => {
        subscriber.next(command);
      });
      lanes.register(loop);
      return changed$.subscribe(({ changes }) => {
        loop.collect(changes);
      });
    });
  };

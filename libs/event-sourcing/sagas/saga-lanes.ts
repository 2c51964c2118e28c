import { Injectable } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import { Lanes, type SagaCounts } from './lanes.js';

/** What evaluates a saga, again and again. */
interface Evaluations {
  /** Looks at everything. */
  start(): void;
  /** Ends before the next subject. */
  stop(): void;
  /** Resolves when nothing is due any more; what rests does not wait until its rest is over. */
  settled(): Promise<void>;
}

/**
 * The sagas of this process with their lanes. Nest carries out what a saga emits without bound and without
 * telling it when that is done: the lanes bound it, count it, and whoever stops the process awaits it here.
 */
@Injectable()
export class SagaLanes {
  private readonly lanes = new Map<string, Lanes>();
  private readonly evaluations: Evaluations[] = [];

  constructor(readonly clock: Clock) {}

  /**
   * Each saga does so once, when Nest asks for what it emits.
   *
   * @throws when there is one of this name: its lanes would be mixed up
   */
  open(saga: string): Lanes {
    if (this.lanes.has(saga)) throw new Error(`there are two sagas called ${saga}`);
    const lanes = new Lanes(saga, this.clock);
    this.lanes.set(saga, lanes);
    return lanes;
  }

  /** Whoever stops or settles the sagas stops and settles these, too. */
  register(evaluations: Evaluations): void {
    this.evaluations.push(evaluations);
  }

  of(saga: string): Lanes {
    const lanes = this.lanes.get(saga);
    if (lanes === undefined) throw new Error(`there is no saga called ${saga}`);
    return lanes;
  }

  /** Per saga. */
  counted(): ReadonlyMap<string, SagaCounts> {
    return new Map([...this.lanes].map(([saga, lanes]) => [saga, lanes.counted()]));
  }

  /** Resolves when nothing is due any more. */
  async settled(): Promise<void> {
    await Promise.all(this.evaluations.map((each) => each.settled()));
  }

  /** Goes on after a stop. */
  start(): void {
    for (const lanes of this.lanes.values()) lanes.reopen();
    for (const each of this.evaluations) each.start();
  }

  /** Resolves when what is under way has ended. Nothing begins until the next start. */
  async stop(): Promise<void> {
    for (const each of this.evaluations) each.stop();
    for (const lanes of this.lanes.values()) lanes.close();
    await this.settled();
  }
}

import { noStream } from '#event-sourcing/ports/event-log.js';

interface Waiting {
  readonly revision: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Who waits for an event to be in the copy of the log, by stream. */
export class RevisionWaiters {
  private readonly waiting = new Map<string, Set<Waiting>>();
  private abandoned: Error | undefined;

  /** @param headOf revision of the last event of a stream in the copy, or `noStream` */
  constructor(private readonly headOf: (stream: string) => number) {}

  /** Begins to wait; `reached` resolves when the stream has that revision, `leave` ends the waiting. */
  of(stream: string, revision: number): { readonly reached: Promise<void>; readonly leave: () => void } {
    if (revision === noStream || this.headOf(stream) >= revision) {
      return { reached: Promise.resolve(), leave: () => undefined };
    }
    if (this.abandoned !== undefined) return { reached: Promise.reject(this.abandoned), leave: () => undefined };
    const others = this.waiting.get(stream) ?? new Set();
    this.waiting.set(stream, others);
    let leave = (): void => undefined;
    const reached = new Promise<void>((resolve, reject) => {
      const waiting = { revision, resolve, reject };
      others.add(waiting);
      leave = () => {
        others.delete(waiting);
        if (others.size === 0 && this.waiting.get(stream) === others) this.waiting.delete(stream);
      };
    });
    return { reached, leave };
  }

  /** An event of the stream has become part of the copy. */
  arrived(stream: string, revision: number): void {
    for (const waiting of this.waiting.get(stream) ?? []) {
      if (waiting.revision <= revision) waiting.resolve();
    }
  }

  /** Nothing will arrive any more. */
  abandon(error: Error): void {
    this.abandoned = error;
    for (const others of this.waiting.values()) for (const { reject } of others) reject(error);
  }
}

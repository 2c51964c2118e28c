import { AccessDeniedError } from '@eventstore/db-client';
import { LogFailure } from '#event-sourcing/ports/event-log.js';

/** Says when a start is done, and gives it up when nothing has moved for a while. */
export class StartWatch {
  readonly started: Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private settle: { resolve: () => void; reject: (failure: LogFailure) => void } | undefined;
  private isConnected = false;
  private lastError: unknown;

  constructor(private readonly patienceMs: number) {
    this.started = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // Who opens the log awaits it; that nobody does after a failed start is no unhandled rejection.
    this.started.catch(() => undefined);
    this.wait();
  }

  /** Something has come: the event store is there, and the start may take as long as there is more. */
  progress(): void {
    this.isConnected = true;
    if (this.settle !== undefined) this.wait();
  }

  /** An attempt has failed. There will be others, unless the log cannot go on. */
  failed(error: unknown): void {
    this.isConnected = false;
    this.lastError = error;
    if (error instanceof LogFailure) this.end(error);
    else if (error instanceof AccessDeniedError) this.end(startFailure(error));
  }

  done(): void {
    clearTimeout(this.timer);
    this.settle?.resolve();
    this.settle = undefined;
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.end(this.isConnected ? silence() : startFailure(this.lastError));
    }, this.patienceMs);
  }

  private end(failure: LogFailure): void {
    clearTimeout(this.timer);
    this.settle?.reject(failure);
    this.settle = undefined;
  }
}

const startFailure = (cause: unknown): LogFailure => {
  const detail =
    cause instanceof AccessDeniedError
      ? 'The event store does not let this user read $all: check user name and password in the connection string, and give the user the right to read $all.'
      : 'The event store cannot be reached: see that it is up, and check host, port and tls in the connection string.';
  return new LogFailure('unavailable', detail, { cause });
};

const silence = (): LogFailure =>
  new LogFailure(
    'unavailable',
    'The event store takes subscriptions but does not say when they have caught up: version 23.10 is the first that does.',
  );

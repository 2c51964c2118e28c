import { Injectable } from '@nestjs/common';

/**
 * Whether the service may answer: not while the views catch up with the log, nor after the log has failed,
 * nor while it stops.
 */
@Injectable()
export class Readiness {
  private reason: string | undefined = 'The views are catching up with the log.';

  /** Why the service is not ready, or undefined if it is. */
  missing(): string | undefined {
    return this.reason;
  }

  ready(): void {
    this.reason = undefined;
  }

  unready(reason: string): void {
    this.reason = reason;
  }
}

import { Injectable, Logger } from '@nestjs/common';

/**
 * Shutdown report: what could not be finished in order. Nest writes down that a hook has failed and goes on, as it must;
 * whoever has asked for the end asks here whether it was a good one.
 */
@Injectable()
export class Shutdown {
  private readonly logger = new Logger('shutdown');
  private readonly failures: unknown[] = [];

  /** Carries out one part of the end. The next part runs in any case. */
  async part(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.error(error);
      this.failures.push(error);
    }
  }

  /** @throws what the first part that failed has thrown */
  requireGood(): void {
    if (this.failures.length > 0) throw this.failures[0];
  }
}

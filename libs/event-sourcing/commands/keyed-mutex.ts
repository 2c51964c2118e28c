import { Injectable } from '@nestjs/common';
import { isKey } from './idempotency-keys.view.js';

/**
 * Keyed mutex: requests with one key are carried out one after another: whoever comes second finds the key spent, or
 * free again. The revision of a stream would tell them apart only where both write to the same one.
 */
@Injectable()
export class KeyedMutex {
  private readonly underWay = new Map<string, Promise<unknown>>();

  /** @param carryOut resolves when the views know that the key is spent; what it rejects with is passed on */
  run<T>(commandId: string, carryOut: () => Promise<T>): Promise<T> {
    const [key] = commandId.split(':', 1);
    return isKey(key) ? this.inTurn(key, carryOut) : carryOut();
  }

  private async inTurn<T>(key: string, carryOut: () => Promise<T>): Promise<T> {
    for (let before = this.underWay.get(key); before !== undefined; before = this.underWay.get(key)) await before;
    const outcome = carryOut();
    // Its failure is told to who asked for it, not to who waits behind.
    this.underWay.set(
      key,
      outcome.catch(() => undefined),
    );
    try {
      return await outcome;
    } finally {
      this.underWay.delete(key);
    }
  }
}

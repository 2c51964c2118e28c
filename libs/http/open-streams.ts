import { Injectable } from '@nestjs/common';
import { Problem } from './problem.js';

/** Streams that stay open: as many as one caller may have, and all together. Each holds a connection and what it reads. */
export const maxStreamsOfCaller = 32;
export const maxStreams = 512;

/** Bulkhead: counts the answers that go on until somebody hangs up. */
@Injectable()
export class OpenStreams {
  readonly #byCaller = new Map<string, number>();
  #open = 0;

  /**
   * @returns what ends the stream, to be called once
   * @throws Problem `tooManyStreams` if the caller, or everybody together, has as many as there may be
   */
  enter(caller: string): () => void {
    const own = this.#byCaller.get(caller) ?? 0;
    if (own >= maxStreamsOfCaller || this.#open >= maxStreams) {
      const whose = own >= maxStreamsOfCaller ? `This key has ${String(own)}` : `There are ${String(this.#open)}`;
      throw new Problem(429, 'tooManyStreams', `${whose} streams open, which is the most; close one of them.`, {
        retryAfterSeconds: 5,
      });
    }
    this.#byCaller.set(caller, own + 1);
    this.#open++;
    return () => {
      this.#open--;
      const left = (this.#byCaller.get(caller) ?? 1) - 1;
      if (left === 0) this.#byCaller.delete(caller);
      else this.#byCaller.set(caller, left);
    };
  }
}

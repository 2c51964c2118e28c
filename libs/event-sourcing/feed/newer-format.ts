import { newerFormat } from '../format/format.js';

/** Schema version in the log: the log holds what only a newer version understands. `message` says what to do. */
export class NewerFormat extends Error {
  constructor(readonly level: number) {
    super(newerFormat(level));
    this.name = 'NewerFormat';
  }
}

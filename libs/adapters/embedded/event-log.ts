import { StoredEventLog } from '#adapters/log/stored-event-log.js';
import type { Clock } from '#ports/clock.js';
import { DirectoryOwner } from './directory-owner.js';
import { openEnvironment } from './environment.js';
import { type Flush, LogStore } from './log-store.js';
import { storageFailure } from './storage-failure.js';

export interface EmbeddedEventLogOptions {
  /** `<data directory>/log`; made when it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  /** Reads beside a running service or on a stopped one: owns nothing, writes nothing. */
  readonly readOnly?: boolean;
  /** Stands between the log and LMDB's commit. Only tests give one: a disk that fails. */
  readonly flush?: Flush;
}

const commitOnce: Flush = (commit) => commit();

/** The event log in one LMDB environment: one writing process, any number of reading ones. */
export class EmbeddedEventLog extends StoredEventLog {
  /**
   * Rejects with `LogFailure`: `inUse` names the process that writes to the directory, `notWritable`, `full` and
   * `damaged` say what to do.
   */
  static async open(options: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
    const { directory, clock, readOnly = false, flush = commitOnce } = options;
    const environment = openEnvironment(directory, readOnly);
    try {
      const owner = readOnly ? undefined : DirectoryOwner.take(environment, directory);
      return new EmbeddedEventLog(new LogStore(environment, directory, owner, flush), clock);
    } catch (error) {
      await environment.close();
      throw storageFailure(error, directory, 'reading');
    }
  }
}

import { StoredEventLog } from '#event-sourcing/record-log/stored-event-log.js';
import type { Clock } from '#event-sourcing/ports/clock.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { throughOwnerOrDirect } from './beside/through-owner-or-direct.js';
import { LogClient } from './beside/log-client.js';
import { openEnvironment } from './environment.js';
import { type Flush, LogStore } from './log-store.js';
import { openLogStore } from './open-log-store.js';
import type { OwnerSocket } from './owner/owner-socket.js';
import { storageFailure } from './storage-failure.js';

export interface EmbeddedEventLogOptions {
  /** `<data directory>/log`; made when it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  /** Stands between the log and LMDB's commit. Only tests give one: a disk that fails. */
  readonly flush?: Flush;
}

/** The event log in one LMDB environment: one process has it open, others ask that one at its socket. */
export class EmbeddedEventLog extends StoredEventLog {
  private constructor(
    store: LogStore,
    clock: Clock,
    /** Where other processes may read, as long as the log is open. */
    readonly socket: OwnerSocket,
  ) {
    super(store, clock);
  }

  /**
   * Rejects with `LogFailure`: `inUse` names the process that writes to the directory, `notWritable`, `full` and
   * `damaged` say what to do.
   */
  static async open({ directory, clock, flush }: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
    const { store, socket } = await openLogStore(directory, flush);
    return new EmbeddedEventLog(store, clock, socket);
  }

  /**
   * The log for reading, beside a running service or on a stopped one: owns nothing, writes nothing. Only a log on a
   * stopped one can be followed. Rejects with `LogFailure`, like `open`.
   */
  static async read({ directory, clock }: Omit<EmbeddedEventLogOptions, 'flush'>): Promise<EventLog> {
    return throughOwnerOrDirect<EventLog>(
      directory,
      async (owner) => {
        const beside = new LogClient(directory, owner);
        await beside.head();
        return beside;
      },
      async () => {
        const environment = openEnvironment(directory, true);
        try {
          return new StoredEventLog(new LogStore(environment, directory, undefined), clock);
        } catch (error) {
          await environment.close();
          throw storageFailure(error, directory, 'reading');
        }
      },
    );
  }
}

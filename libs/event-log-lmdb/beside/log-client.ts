import { z } from 'zod';
import { damagedAt, decodeRecord } from '#event-sourcing/record-log/log-records.js';
import { EventLog, LogFailure, type StoredEvent, type Subscription } from '#event-sourcing/ports/event-log.js';
import type { LockHolder } from '../owner/owner.js';
import { ask } from './ask.js';
import { framesIn } from './frames.js';

const headSchema = z.int().min(0);
const positionsSchema = z.array(z.int().min(1));

/** The log of a directory that another process has open, read at that process's socket. Checksums are looked at here. */
export class LogClient extends EventLog {
  readonly isShared = true;
  readonly failed = new Promise<LogFailure>(() => undefined);

  constructor(
    private readonly directory: string,
    private readonly owner: LockHolder,
  ) {
    super();
  }

  async append(): Promise<never> {
    throw this.notWritable();
  }

  async appendMany(): Promise<never> {
    throw this.notWritable();
  }

  async read(stream: string, from: number, limit: number): Promise<readonly StoredEvent[]> {
    const query = new URLSearchParams({ name: stream, from: String(from), limit: String(limit) });
    const positions = positionsSchema.parse(JSON.parse(String(await this.ask(`/log/stream?${String(query)}`))));
    const events: StoredEvent[] = [];
    for (const position of positions) events.push(...(await this.readAll(position - 1, 1)));
    return events;
  }

  async readAll(after: number, limit: number): Promise<readonly StoredEvent[]> {
    const last = Math.min(await this.head(), after + limit);
    const events: StoredEvent[] = [];
    while (after + events.length < last) {
      const from = after + events.length;
      const body = await this.ask(`/log/records?after=${String(from)}&limit=${String(last - from)}`);
      if (body.length === 0) throw damagedAt(from + 1, 'it is missing');
      for (const record of framesIn(body)) events.push(decodeRecord(after + events.length + 1, record));
    }
    return events;
  }

  async readAt(position: number): Promise<StoredEvent | undefined> {
    return Number.isSafeInteger(position) && position >= 1 ? (await this.readAll(position - 1, 1)).at(0) : undefined;
  }

  async head(): Promise<number> {
    return headSchema.parse(JSON.parse(String(await this.ask('/log/head'))));
  }

  latest(): Promise<number> {
    return this.head();
  }

  async flushed(): Promise<void> {
    // It is read from there.
  }

  outOfReach(): undefined {
    return undefined;
  }

  subscribe(): Subscription {
    throw new LogFailure('closed', `The log in ${this.directory} can be read from here, but not followed.`);
  }

  async close(): Promise<void> {
    // Nothing is open: every question opens a connection of its own.
  }

  private ask(path: string): Promise<Buffer> {
    return ask(this.directory, this.owner, path);
  }

  private notWritable(): LogFailure {
    return new LogFailure('notWritable', `${this.directory} was opened for reading only.`);
  }
}

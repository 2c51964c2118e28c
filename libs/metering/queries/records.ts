import { Injectable } from '@nestjs/common';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { identityKey, keySeeds } from '../domain/identity.js';
import { meteredRow } from '../domain/metered-row.js';
import type { MeteredRow } from '../domain/metered-row.js';
import type { CurrentRecord } from '../domain/corrections.js';
import { isCorrectionEvent, isRecordsMetered, isTaskFinished } from '../domain/metering.events.js';
import type { Charge, TaskFinished } from '../domain/metering.events.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { TimeSlice } from '#event-sourcing/turns.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import type { LogLocation } from '#event-sourcing/ports/location-index.js';

/** Decoded events kept at hand: the rows of a task mostly stand close together. */
const eventsAtHand = 32;
/** A task names its parent early, or nobody knows it in time. */
const eventsForParent = 8;

/** Finds single records again: the index says where they stand, the log what they say. */
@Injectable()
export class Records {
  private readonly atHand = new Map<number, Promise<StoredEvent>>();

  constructor(
    private readonly log: EventLog,
    private readonly index: LocationIndex,
  ) {}

  /** The record with this identity as it stands now, or undefined if it was never metered. */
  async find(source: string, id: string): Promise<CurrentRecord | undefined> {
    const place = this.index.first(identity(keySeeds.identity, source, id), 0);
    if (place === undefined) return undefined;
    const event = await this.eventAt(place.position);
    return isRecordsMetered(event) ? this.standing(meteredRow(event.data, place.row)) : undefined;
  }

  /** Whether this row is the first place of its identity: the one that counts. */
  counts(record: MeteredRow, position: number, row: number): boolean {
    const first = this.index.first(identity(keySeeds.identity, record.source, record.id), 0);
    return first?.position === position && first.row === row;
  }

  /** A record with its charge after every correction so far. */
  async standing(record: MeteredRow): Promise<CurrentRecord> {
    const corrections = this.index.all(identity(keySeeds.correction, record.source, record.id), 0);
    const last = corrections.at(-1);
    return { record, charge: last === undefined ? record.charge : await this.chargeAfter(last) };
  }

  /** Every counted record of a task, in log order, in pieces between which others are served. */
  ofTask(taskId: string, work = TimeSlice.ofReading()): AsyncGenerator<CurrentRecord, void> {
    return this.where(keySeeds.task, 'taskId', taskId, work);
  }

  /** The task that the first record of this one to name a parent names, among the first events it stands in. */
  async parentOf(taskId: string): Promise<string | undefined> {
    for (const { position } of this.index.all(text(keySeeds.task, taskId), 0).slice(0, eventsForParent)) {
      const event = await this.eventAt(position);
      if (!isRecordsMetered(event) || event.data.parentTaskId === undefined) continue;
      const { words, taskId: tasks, parentTaskId: parents } = event.data;
      const row = tasks.findIndex((word, place) => words[word] === taskId && parents[place] !== 0);
      if (row >= 0) return words[parents[row]];
    }
    return undefined;
  }

  /** The tasks that name this one as their parent, in log order, each once. */
  async *childrenOf(taskId: string, work = TimeSlice.ofReading()): AsyncGenerator<string, void> {
    const told = new Set<string>();
    for await (const { record } of this.where(keySeeds.child, 'parentTaskId', taskId, work)) {
      if (told.has(record.taskId)) continue;
      told.add(record.taskId);
      yield record.taskId;
    }
  }

  /** How a task finished; the first word stands. */
  async finishOf(taskId: string): Promise<TaskFinished['data'] | undefined> {
    const place = this.index.first(text(keySeeds.finish, taskId), 0);
    const event = place && (await this.eventAt(place.position));
    return event !== undefined && isTaskFinished(event) ? event.data : undefined;
  }

  private async *where(
    seed: number,
    column: 'taskId' | 'parentTaskId',
    name: string,
    work: TimeSlice,
  ): AsyncGenerator<CurrentRecord, void> {
    for (const { position } of this.index.all(text(seed, name), 0)) {
      await work.pause();
      const event = await this.eventAt(position);
      if (!isRecordsMetered(event)) continue;
      const places = event.data[column] ?? [];
      const word = event.data.words.indexOf(name);
      for (let row = places.indexOf(word); row >= 0; row = places.indexOf(word, row + 1)) {
        const record = meteredRow(event.data, row);
        if (this.counts(record, position, row)) yield this.standing(record);
        await work.pause();
      }
    }
  }

  private async chargeAfter(place: LogLocation): Promise<Charge | null> {
    const event = await this.eventAt(place.position);
    if (!isCorrectionEvent(event) || !('rows' in event.data)) {
      throw new Error(`no correction at ${String(place.position)}`);
    }
    return event.data.rows[place.row].after;
  }

  private eventAt(position: number): Promise<StoredEvent> {
    const known = this.atHand.get(position);
    if (known !== undefined) return known;
    const event = this.log.readAt(position).then((stored) => {
      if (stored === undefined) {
        throw new Error(`the index names position ${String(position)}, which the log does not hold`);
      }
      return stored;
    });
    this.atHand.set(position, event);
    if (this.atHand.size > eventsAtHand) {
      const [oldest] = this.atHand.keys();
      this.atHand.delete(oldest);
    }
    return event;
  }
}

const key = new Uint32Array(fingerprintWords);

const identity = (seed: number, source: string, id: string): Uint32Array => {
  identityKey(seed, source, id, key, 0);
  return key;
};

const text = (seed: number, value: string): Uint32Array => {
  fingerprint(value, seed, key, 0);
  return key;
};

import { Injectable } from '@nestjs/common';
import { isCapsEvent } from '#caps/domain/caps.events.js';
import { changeOf, groupsOfEvent } from '../domain/changes.js';
import { historyOf, isBefore, precededBy, type Subject, type SubjectKind, subjectOf } from '../domain/subjects.js';
import { asOf } from '#event-sourcing/as-of.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { AccessView } from '#access/domain/access.view.js';
import { AuditView } from '../domain/audit.view.js';
import { SealsView } from '../domain/seals.view.js';
import { MeteringView } from '#metering/domain/metering.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { toCapEventResponse } from '#caps/queries/cap.presenter.js';
import { TimeSlice } from '#event-sourcing/turns.js';

/** Of a stream, when what was before is looked for. */
const eventsPerRead = 50;
const metering = 'RecordsMetered';
const apiKeyPrefix = 'apiKey:';

/** Which events are asked for; what is left out does not matter. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly type?: string | undefined;
  readonly kind?: SubjectKind | undefined;
  readonly id?: string | undefined;
  /** A group that the event, or what was before it, concerns. */
  readonly group?: string | undefined;
  /** Milliseconds since 1970, half-open. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** In which order, and from where. */
export interface AuditWalk {
  readonly order: 'newest' | 'oldest';
  /** The position to go on behind. */
  readonly last?: number | undefined;
  /** At most so many rows of a list are shown. */
  readonly rows: number;
}

/** Who did what, when and why, and what was there before. */
export interface AuditEntry {
  readonly position: string;
  readonly at: string;
  readonly actor: string;
  /** What the actor's API key is called; null if the actor is none. */
  readonly actorName: string | null;
  readonly reason: string;
  readonly cause: string;
  readonly type: string;
  readonly subject: Subject;
  readonly change: object;
  readonly before: object | null;
}

/** Answers who did what, from the events themselves. Metering is shown to those who ask for it by its type. */
@Injectable()
export class AuditQueries {
  constructor(
    private readonly log: EventLog,
    private readonly access: AccessView,
    private readonly audit: AuditView,
    private readonly seals: SealsView,
    private readonly metering: MeteringView,
    private readonly fold: Fold,
    private readonly clock: Clock,
  ) {}

  /** Up to `limit` entries, the position to go on behind if there are more, and the last seal. */
  async page(filter: AuditFilter, walk: AuditWalk, limit: number) {
    const at = asOf(this.fold, this.clock.now());
    const sealed = this.sealed();
    const items: AuditEntry[] = [];
    let next: string | null = null;
    for await (const entry of this.entries(filter, walk)) {
      if (items.length === limit) {
        next = items[limit - 1].position;
        break;
      }
      items.push(entry);
    }
    return { items, next, sealed, asOf: at };
  }

  /** The last seal of the chain of hashes, and the last event that it vouches for; null while there is none. */
  private sealed() {
    const seal = this.seals.latest();
    return seal === undefined ? null : { position: String(seal.position), hash: seal.hash, at: seal.at };
  }

  /** Every entry up to where the views stand now. */
  async *entries(filter: AuditFilter, walk: AuditWalk): AsyncGenerator<AuditEntry> {
    const work = TimeSlice.ofReading();
    for (const position of this.positions(filter.type === metering, walk)) {
      await work.pause();
      const event = await this.log.readAt(position);
      if (event === undefined || !isWanted(event, filter)) continue;
      const before = await this.before(event, work);
      if (!concerns(event, before, filter)) continue;
      yield this.entryOf(event, before, walk.rows);
    }
  }

  private positions(isMetering: boolean, { order, last }: AuditWalk): Iterable<number> {
    const end = this.fold.position + 1;
    const [after, before] = order === 'newest' ? [0, Math.min(last ?? end, end)] : [last ?? 0, end];
    if (isMetering) return this.metered(after, before, order);
    return order === 'newest' ? this.audit.descending(after, before) : this.audit.ascending(after, before);
  }

  private *metered(after: number, before: number, order: AuditWalk['order']): Generator<number> {
    const { audit } = this;
    for (let step = 1; step < before - after; step++) {
      const position = order === 'newest' ? before - step : after + step;
      if (!audit.has(position)) yield position;
    }
  }

  private async before(event: StoredEvent, work: TimeSlice): Promise<StoredEvent | undefined> {
    if (precededBy(event.type).length === 0) return undefined;
    const { stream, end: last } = historyOf(event);
    for (let end = last; end > 0; end -= eventsPerRead) {
      const from = Math.max(0, end - eventsPerRead);
      const earlier = await this.log.read(stream, from, end - from);
      const found = earlier.findLast((candidate) => isBefore(candidate, event));
      if (found !== undefined) return found;
      await work.pause();
    }
    return undefined;
  }

  private nameOf(actor: string): string | null {
    if (!actor.startsWith(apiKeyPrefix)) return null;
    return this.access.keyOf(actor.slice(apiKeyPrefix.length))?.name ?? null;
  }

  private entryOf(event: StoredEvent, before: StoredEvent | undefined, rows: number): AuditEntry {
    const { position, type, meta } = event;
    // Settings of caps as the rest of the API shows them.
    const change = (of: StoredEvent): object =>
      isCapsEvent(of)
        ? { groupId: of.data.groupId, ...toCapEventResponse(of) }
        : changeOf(of, { rows, uncounted: this.metering.uncountedAt(of.position).map(({ row }) => row) });
    return {
      position: String(position),
      at: meta.now,
      actor: meta.actor,
      actorName: this.nameOf(meta.actor),
      reason: meta.reason,
      cause: meta.commandId,
      type,
      subject: subjectOf(event),
      change: change(event),
      before: before === undefined ? null : change(before),
    };
  }
}

/** Whatever can be told without looking at what was before. */
const isWanted = (event: StoredEvent, { actor, type, kind, id, fromMs, toMs }: AuditFilter): boolean => {
  if (actor !== undefined && event.meta.actor !== actor) return false;
  if (type !== undefined && event.type !== type) return false;
  const atMs = Date.parse(event.meta.now);
  if (atMs < fromMs || atMs >= toMs) return false;
  const subject = subjectOf(event);
  return (kind === undefined || subject.kind === kind) && (id === undefined || subject.id === id);
};

const concerns = (event: StoredEvent, before: StoredEvent | undefined, { group }: AuditFilter): boolean =>
  group === undefined || [event, ...(before === undefined ? [] : [before])].flatMap(groupsOfEvent).includes(group);

import { Injectable } from '@nestjs/common';
import { Admissions } from '../domain/admissions.js';
import { type FanOutEvent, type FanOutGranted, isFanOutEvent } from '../domain/fan-out.events.js';
import { type Lease, scopeOfGrant } from '../domain/lease.js';
import { keyOfFanOut, keyOfRequest } from '../domain/fan-out.locations.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';

/** Finds in the log what memory has forgotten: there is more of it than memory may hold. */
@Injectable()
export class PastGrants {
  constructor(
    private readonly log: EventLog,
    private readonly index: LocationIndex,
  ) {}

  /** The last grant of a request id of a scope, as far as the log tells: without what was metered, and without its children. */
  async ofRequest(scope: string, requestId: string): Promise<Lease | undefined> {
    const position = this.index.all(keyOfRequest(scope, requestId), 0).at(-1)?.position;
    if (position === undefined) return undefined;
    const granted = await this.eventAt(position);
    if (granted.type !== 'FanOutGranted' || !isOf(granted, scope, requestId)) return undefined;
    const { fanOutId } = granted.data;
    const alone = new Admissions();
    alone.apply(granted, 0);
    for (const [place, { position: later }] of this.index.all(keyOfFanOut(fanOutId), 0).entries()) {
      alone.apply(await this.eventAt(later), 1 + place);
    }
    return alone.lease(fanOutId);
  }

  private async eventAt(position: number): Promise<FanOutEvent> {
    const event = await this.log.readAt(position);
    if (event === undefined || !isFanOutEvent(event)) {
      throw new Error(`the index names a fan-out at position ${String(position)}, where the log holds none`);
    }
    return event;
  }
}

const isOf = ({ data }: FanOutGranted, scope: string, requestId: string): boolean =>
  scopeOfGrant(data) === scope && data.requestId === requestId;

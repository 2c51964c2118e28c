import type { FanOutLease, Reason } from '#client/fan-out-contract.js';
import type { MeteringRecord } from '#client/metering-contract.js';
import type { Fetch } from '#client/post.js';
import { isObject, type Json } from '#client/json-fields.js';
import type { VirtualClock } from './virtual-clock.js';

/** What happens to a request instead of being served at once. */
export type Fate =
  | { readonly kind: 'unreachable' }
  /** Served, and the answer never arrives. */
  | { readonly kind: 'answerLost' }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly retryAfter?: string }
  | { readonly kind: 'slow'; readonly toServerMs: number; readonly toClientMs: number };

export interface Request {
  readonly atMs: number;
  /** `ask`, `renew`, `release`, `meter`. */
  readonly call: string;
  readonly key: string;
  readonly body: Json | readonly Json[];
}

interface Kept {
  readonly fanOutId: string;
  readonly asked: number;
  readonly items: number;
  readonly content: string;
  concurrency: number;
  remaining: number;
  expiresAtMs: number;
  releasedAtMs: number | undefined;
  releases: number;
}

/**
 * Stands in for the service in tests of its client: grants and denies as it is told, keeps leases and records by the
 * rules of the API on a virtual clock, and misbehaves when it is told to. It decides nothing by itself.
 */
export class FanOutStandIn {
  /** Reasons of the next denials; when there are none left, it grants. */
  readonly denials: (readonly Reason[])[] = [];
  /** How many may run at once; followed at the next answer about a lease. */
  slots = Infinity;
  fateOf: (call: string, n: number) => Fate | undefined = () => undefined;
  readonly requests: Request[] = [];
  readonly leases = new Map<string, Kept>();
  readonly records = new Map<string, MeteringRecord>();
  readonly rejectedIds = new Set<string>();

  constructor(private readonly clock: VirtualClock) {}

  readonly fetch: Fetch = async (url, { headers, body }) => {
    const path = url.replace('http://bursar.test/api/v1', '');
    const call = callOf(path);
    const read = bodyOf(body);
    const n = this.requestsOf(call).length;
    this.requests.push({ atMs: this.clock.monotonicMs(), call, key: headers.authorization, body: read });
    const fate = this.fateOf(call, n);
    switch (fate?.kind) {
      case undefined:
        return this.served(path, read);
      case 'unreachable':
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      case 'answerLost':
        this.served(path, read);
        throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') });
      case 'hangs':
        return new Promise(() => undefined);
      case 'status':
        return answered(
          fate.status,
          fate.code === undefined ? {} : { code: fate.code, detail: 'As told.' },
          fate.retryAfter,
        );
      case 'slow': {
        await this.clock.sleep(fate.toServerMs);
        const answer = this.served(path, read);
        await this.clock.sleep(fate.toClientMs);
        return answer;
      }
    }
  };

  requestsOf(call: string): readonly Request[] {
    return this.requests.filter((request) => request.call === call);
  }

  /** The only fan-out there is. */
  only(): Kept {
    const [lease, ...others] = this.leases.values();
    if (others.length > 0) throw new Error(`there are ${String(this.leases.size)} fan-outs`);
    return lease;
  }

  private served(path: string, body: Json | readonly Json[]): ReturnType<typeof answered> {
    if (Array.isArray(body)) return this.metered(body as readonly MeteringRecord[]);
    if (!isObject(body)) throw new Error('a body is an object or a list');
    if (path === '/fan-outs') return this.asked(body);
    const [, , fanOutId, verb] = path.split('/');
    const lease = [...this.leases.values()].find((kept) => kept.fanOutId === fanOutId);
    if (lease === undefined) return answered(404, { code: 'unknownFanOut', detail: 'There is none.' });
    if (verb === 'release') {
      lease.releases++;
      if (this.stateOf(lease) === 'live') lease.releasedAtMs = this.clock.monotonicMs();
      return answered(200, this.shown(lease));
    }
    if (this.stateOf(lease) !== 'live') return answered(409, { code: 'leaseEnded', detail: 'It has ended.' });
    lease.remaining = Math.min(lease.remaining, Number(body.remainingItems ?? lease.remaining));
    lease.concurrency = Math.max(1, Math.min(lease.asked, lease.remaining, this.slots));
    lease.expiresAtMs = Math.max(lease.expiresAtMs, this.clock.monotonicMs() + leaseMs(body));
    return answered(200, this.shown(lease));
  }

  private asked(body: Json): ReturnType<typeof answered> {
    const requestId = String(body.requestId);
    const items = Number(body.items);
    const content = JSON.stringify(body);
    const known = this.leases.get(requestId);
    if (known !== undefined && known.content !== content) {
      return answered(409, { code: 'requestIdConflict', detail: 'Another request has this id.' });
    }
    if (known !== undefined) return answered(200, { decision: 'granted', ...this.shown(known), reasons: [] });
    const reasons = this.denials.shift();
    if (reasons !== undefined) return answered(200, { decision: 'denied', items, reasons });
    const asked = Math.min(items, Number(body.concurrency ?? items));
    const lease: Kept = {
      fanOutId: `fo_${requestId}`,
      asked,
      items,
      content,
      concurrency: Math.min(asked, this.slots),
      remaining: items,
      expiresAtMs: this.clock.monotonicMs() + leaseMs(body),
      releasedAtMs: undefined,
      releases: 0,
    };
    this.leases.set(requestId, lease);
    return answered(200, { decision: 'granted', ...this.shown(lease), reasons: [] });
  }

  private metered(records: readonly MeteringRecord[]): ReturnType<typeof answered> {
    const answer = { accepted: 0, duplicates: 0, rejected: [] as object[], position: '1' };
    records.forEach((record, index) => {
      if (this.rejectedIds.has(record.id)) {
        answer.rejected.push({ index, id: record.id, code: 'tooOld', detail: 'As told.' });
      } else if (this.records.has(record.id)) answer.duplicates++;
      else {
        this.records.set(record.id, record);
        answer.accepted++;
      }
    });
    return answered(200, answer);
  }

  private stateOf({ releasedAtMs, expiresAtMs }: Kept): FanOutLease['state'] {
    if (releasedAtMs !== undefined) return 'released';
    return this.clock.monotonicMs() < expiresAtMs ? 'live' : 'expired';
  }

  private shown(lease: Kept) {
    const state = this.stateOf(lease);
    const leftMs = state === 'live' ? lease.expiresAtMs - this.clock.monotonicMs() : 0;
    return {
      fanOutId: lease.fanOutId,
      state,
      groupId: 'eng',
      concurrency: lease.concurrency,
      items: lease.items,
      heldMicros: 0,
      estimatedCostMicrosPerItem: 1,
      // A service whose wall clock is years away.
      expiresAt: '1999-12-31T23:59:59.000Z',
      expiresInSeconds: Math.floor(leftMs / 1_000),
      remainingItems: lease.remaining,
      spentMicros: 0,
      overrunMicros: 0,
    };
  }
}

const leaseMs = (body: Json): number => Number(body.leaseSeconds ?? 600) * 1_000;

const callOf = (path: string): string => {
  if (path === '/fan-outs') return 'ask';
  return path === '/metering' ? 'meter' : (path.split('/')[3] ?? path);
};

const bodyOf = (text: string): Json | readonly Json[] => JSON.parse(text) as Json | readonly Json[];

const answered = (status: number, body: object, retryAfter?: string) => ({
  status,
  headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  text: async () => JSON.stringify(body),
});

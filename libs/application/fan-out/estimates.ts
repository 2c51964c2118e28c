import { Injectable } from '@nestjs/common';
import type { FanOutGranted } from '#domain/fan-out/fan-out.events.js';

type Estimate = Pick<FanOutGranted['data'], 'estimateMicros' | 'estimateFrom'>;

/** What one item is expected to cost when the caller does not say. Micros. */
@Injectable()
export class Estimates {
  constructor(private readonly defaultMicros: number) {}

  of(_groupId: string, _skill: string | null): Estimate {
    return { estimateMicros: this.defaultMicros, estimateFrom: 'default' };
  }
}

import { Injectable } from '@nestjs/common';
import type { ClockAlarm } from '#event-sourcing/ports/clock.js';

/** Which alarm of the clock operators know of, since this process has started; undefined: none, or that it is over. */
@Injectable()
export class ToldAlarm {
  kind: ClockAlarm['kind'] | undefined;
}

import { Query } from '@nestjs/cqrs';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';

/** What the clock of this machine says, and which time counts. */
export class ReadClock extends Query<ReturnType<WatchedClock['read']>> {}

export const clockQueryHandlers = [answeredBy(ReadClock, [WatchedClock], (_, clock) => clock.read())];

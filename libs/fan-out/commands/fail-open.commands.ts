import { Command } from '@nestjs/cqrs';

/** Writes down the grants of the outage mode that the log does not have yet. */
export class StoreFailOpenGrants extends Command<void> {}

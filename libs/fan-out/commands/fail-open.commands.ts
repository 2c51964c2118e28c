import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { FailOpenGrants } from './fail-open-grants.js';

/** Writes down the grants of the outage mode that the log does not have yet. */
export class StoreFailOpenGrants extends Command<void> {}

@CommandHandler(StoreFailOpenGrants)
export class StoreFailOpenGrantsHandler implements ICommandHandler<StoreFailOpenGrants> {
  constructor(private readonly grants: FailOpenGrants) {}

  execute(): Promise<void> {
    return this.grants.record();
  }
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { StoreFailOpenGrants } from './fail-open.commands.js';
import { FailOpenGrants } from './fail-open-grants.js';

@CommandHandler(StoreFailOpenGrants)
class StoreFailOpenGrantsHandler implements ICommandHandler<StoreFailOpenGrants> {
  constructor(private readonly grants: FailOpenGrants) {}

  execute(): Promise<void> {
    return this.grants.record();
  }
}

/** Command handlers of what the outage mode does by itself. */
export const failOpenHandlers = [StoreFailOpenGrantsHandler];

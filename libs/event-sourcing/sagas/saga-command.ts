import { Command, CommandBus, CommandHandler, type ICommand, type ICommandHandler } from '@nestjs/cqrs';
import { SagaLanes } from './saga-lanes.js';

/** Envelope wrapper: a command that a saga asks for, and the lane that it goes in. */
export class SagaCommand extends Command<void> {
  /** @param subject what it is about: a group, a month, an alert */
  constructor(
    readonly saga: string,
    readonly subject: string,
    readonly command: ICommand,
  ) {
    super();
  }
}

/** Carries out what sagas ask for, each in its lane. */
@CommandHandler(SagaCommand)
export class SagaCommandHandler implements ICommandHandler<SagaCommand> {
  constructor(
    private readonly lanes: SagaLanes,
    private readonly bus: CommandBus,
  ) {}

  execute({ saga, subject, command }: SagaCommand): Promise<void> {
    return this.lanes.of(saga).enter(subject, async () => this.bus.execute(command));
  }
}

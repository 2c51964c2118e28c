import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AdmissionControl } from './admission-control.js';
import { EndExpiredLeases, StoreDenials } from './admission.commands.js';
import { DenialLog } from './denial-log.js';

@CommandHandler(EndExpiredLeases)
class EndExpiredLeasesHandler implements ICommandHandler<EndExpiredLeases> {
  constructor(private readonly admissionControl: AdmissionControl) {}

  execute(): Promise<void> {
    return this.admissionControl.sweep();
  }
}

@CommandHandler(StoreDenials)
class StoreDenialsHandler implements ICommandHandler<StoreDenials> {
  constructor(private readonly denials: DenialLog) {}

  execute({ nowMs }: StoreDenials): Promise<void> {
    return this.denials.flush(nowMs);
  }
}

/** Command handlers of what admission control does by itself. */
export const admissionHandlers = [EndExpiredLeasesHandler, StoreDenialsHandler];

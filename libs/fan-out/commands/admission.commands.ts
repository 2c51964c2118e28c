import { Command } from '@nestjs/cqrs';

/** Notes that leases have ended whose time has passed. */
export class EndExpiredLeases extends Command<void> {}

/** Stores what was denied and is not stored yet. */
export class StoreDenials extends Command<void> {
  constructor(readonly nowMs: number) {
    super();
  }
}

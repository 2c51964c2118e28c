import { Module } from '@nestjs/common';
import { ConfirmClockHandler } from './commands/clock.handlers.js';
import { clockQueryHandlers } from './queries/clock.queries.js';
import { ClockController } from './http/clock.controller.js';

@Module({
  controllers: [ClockController],
  providers: [ConfirmClockHandler, ...clockQueryHandlers],
})
export class ClockModule {}

import { Module } from '@nestjs/common';
import { ClockCommands } from './commands/clock.commands.js';
import { ClockController } from './http/clock.controller.js';

@Module({
  controllers: [ClockController],
  providers: [ClockCommands],
})
export class ClockModule {}

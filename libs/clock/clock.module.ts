import { Module } from '@nestjs/common';
import { clockHandlers } from './commands/clock.handlers.js';
import { ToldAlarm } from './commands/told-alarm.js';
import { clockQueryHandlers } from './queries/clock.queries.js';
import { WatchClock } from './sagas/watch-clock.saga.js';
import { ClockController } from './http/clock.controller.js';

@Module({
  controllers: [ClockController],
  providers: [...clockHandlers, ...clockQueryHandlers, ToldAlarm, WatchClock],
})
export class ClockModule {}

import { Module } from '@nestjs/common';
import { DirectoryModule } from '#directory/directory.module.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { limitsHandlers } from './commands/limits.handlers.js';
import { LimitsView } from './domain/limits.view.js';
import { LimitsController } from './http/limits.controller.js';
import { limitsQueryHandlers } from './queries/limits.queries.js';

/** How much may run at once, as admins have set it. */
@Module({
  imports: [DirectoryModule],
  controllers: [LimitsController],
  providers: [provideView(LimitsView), ...limitsHandlers, ...limitsQueryHandlers],
  exports: [LimitsView],
})
export class LimitsModule {}

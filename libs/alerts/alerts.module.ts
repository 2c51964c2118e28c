import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { AlertsView } from './domain/alerts.view.js';
import { alertsHandlers } from './commands/alerts.handlers.js';
import { AlertsQueries } from './queries/alert.query.js';
import { alertsQueryHandlers } from './queries/alerts.queries.js';
import { AlertStream } from './queries/alert-stream.js';
import { AlertStreamController } from './http/alert-stream.controller.js';
import { AlertsController } from './http/alerts.controller.js';

@Module({
  controllers: [AlertStreamController, AlertsController],
  providers: [provideView(AlertsView), AlertsQueries, AlertStream, ...alertsHandlers, ...alertsQueryHandlers],
  exports: [AlertsView],
})
export class AlertsModule {}

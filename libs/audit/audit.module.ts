import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { AccessModule } from '#access/access.module.js';
import { MeteringModule } from '#metering/metering.module.js';
import { AuditView } from './domain/audit.view.js';
import { SealsView } from './domain/seals.view.js';
import { auditHandlers } from './commands/audit.handlers.js';
import { auditQueryHandlers } from './queries/audit.queries.js';
import { SealDue } from './queries/seal-due.js';
import { AuditQueries } from './queries/audit.query.js';
import { SealAudit } from './sagas/seal-audit.saga.js';
import { AuditController } from './http/audit.controller.js';

@Module({
  imports: [OrganisationModule, AccessModule, MeteringModule],
  controllers: [AuditController],
  providers: [
    provideView(AuditView),
    provideView(SealsView),
    AuditQueries,
    SealDue,
    SealAudit,
    ...auditHandlers,
    ...auditQueryHandlers,
  ],
  exports: [AuditView, SealsView],
})
export class AuditModule {}

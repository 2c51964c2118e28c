import { Query } from '@nestjs/cqrs';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { type AuditEntry, type AuditFilter, AuditQueries, type AuditWalk } from './audit.query.js';

type AuditPage = Awaited<ReturnType<AuditQueries['page']>>;

/** Who did what: up to `limit` entries, and the last seal. */
export class GetAuditPage extends Query<AuditPage> {
  constructor(
    readonly filter: AuditFilter,
    readonly walk: AuditWalk,
    readonly limit: number,
  ) {
    super();
  }
}

/** Who did what: every entry, found while they are read. */
export class WalkAudit extends Query<AsyncIterable<AuditEntry>> {
  constructor(
    readonly filter: AuditFilter,
    readonly walk: AuditWalk,
  ) {
    super();
  }
}

export const auditQueryHandlers = [
  answeredBy(GetAuditPage, [AuditQueries], ({ filter, walk, limit }, queries) => queries.page(filter, walk, limit)),
  answeredBy(WalkAudit, [AuditQueries], ({ filter, walk }, queries) => queries.entries(filter, walk)),
];

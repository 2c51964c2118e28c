import { Readable } from 'node:stream';
import { Controller, Get, Headers, Query, StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { parseDay, parseInstant } from '#kernel/instants.js';
import { subjectKinds } from '../domain/subjects.js';
import { GetAuditPage, WalkAudit } from '../queries/audit.queries.js';
import type { AuditEntry, AuditFilter, AuditWalk } from '../queries/audit.query.js';
import { GetCalendar } from '#organisation/queries/organisation.queries.js';
import { Needs } from '#http/access.guard.js';
import { type CsvCell, csvLine } from '#http/csv.js';
import { badCursor, cursorOf, keyInCursor, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';

/** Of a list, as JSON; a cell of CSV has the first alone. */
const rowsShown = 100;

const filter = z.string().max(600).optional();
const auditQuery = z.strictObject({
  actor: filter.meta({ description: 'Who did it.', example: 'apiKey:key-1' }),
  type: filter.meta({ description: 'A type of event; `RecordsMetered` is shown only if it is asked for.' }),
  subject: z.enum(subjectKinds).optional().meta({ description: 'What it was done to.' }),
  id: filter.meta({ description: 'Which of them: the id of the subject.' }),
  group: filter.meta({ description: 'A group that it concerns, now or before.' }),
  from: z.string().optional().meta({ description: 'An instant, or a day `yyyy-MM-dd`.' }),
  to: z.string().optional().meta({ description: 'An instant, or a day; it is not included.' }),
  order: z.enum(['newest', 'oldest']).default('newest').meta({ description: 'What comes first.' }),
  ...pageQuery,
});
type AuditQuery = z.infer<typeof auditQuery>;

@ApiTags('audit')
@ApiBearerAuth()
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Needs('audit.read')
  @ApiOperation({
    summary: 'Who did what, when and why, and what was there before; JSON, or CSV with Accept: text/csv',
    description:
      'Read from the events themselves. `actorName` is what the API key of the actor is called, `cause` the command that an event came of, `before` the event that it replaces. Lists are cut after 100 rows, in CSV after the first; `rowCount` says how many there are. `sealed` is the last seal of the chain of hashes over the log, which `bursar verify` checks. CSV takes no `limit`: it has every line from the cursor on, sent while it is made.',
  })
  async audit(@Query({ schema: auditQuery }) query: AuditQuery, @Headers('accept') accept: string | undefined) {
    const wanted = await this.filterOf(query);
    const walk = { order: query.order, last: lastOf(query.cursor), rows: rowsShown };
    if (accept?.includes('text/csv') === true) return this.csv(wanted, { ...walk, rows: 1 });
    const { items, next, sealed, asOf } = await this.queries.execute(new GetAuditPage(wanted, walk, query.limit));
    return { items, nextCursor: next === null ? null : cursorOf(next), sealed, asOf };
  }

  private async csv(wanted: AuditFilter, walk: AuditWalk): Promise<StreamableFile> {
    const entries = await this.queries.execute(new WalkAudit(wanted, walk));
    return new StreamableFile(Readable.from(linesOf(entries), { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="audit.csv"',
    });
  }

  private async filterOf({ actor, type, subject, id, group, from, to }: AuditQuery): Promise<AuditFilter> {
    const fromMs = from === undefined ? -Infinity : await this.instantOf('from', from);
    const toMs = to === undefined ? Infinity : await this.instantOf('to', to);
    if (fromMs >= toMs) throw new Problem(400, 'invalidRange', 'from must be before to; to is not included.');
    return { actor, type, kind: subject, id, group, fromMs, toMs };
  }

  private async instantOf(name: string, text: string): Promise<number> {
    const day = parseDay(text);
    if (day !== undefined) return (await this.queries.execute(new GetCalendar())).startOfDay(day);
    const ms = parseInstant(text);
    if (typeof ms === 'number') return ms;
    throw new Problem(400, 'invalidInstant', `${name} is an instant with a time zone, or a day such as 2026-11-01.`);
  }
}

const lastOf = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return undefined;
  const key = keyInCursor(cursor);
  if (!/^[1-9]\d{0,14}$/.test(key)) throw badCursor();
  return Number(key);
};

const header = ['position', 'at', 'actor', 'actorName', 'reason', 'cause', 'type', 'subject', 'id', 'change', 'before'];

async function* linesOf(entries: AsyncIterable<AuditEntry>): AsyncGenerator<string, void> {
  yield csvLine(header);
  for await (const entry of entries) yield csvLine(cellsOf(entry));
}

const cellsOf = (entry: AuditEntry): CsvCell[] => [
  entry.position,
  entry.at,
  entry.actor,
  entry.actorName,
  entry.reason,
  entry.cause,
  entry.type,
  entry.subject.kind,
  entry.subject.id,
  JSON.stringify(entry.change),
  entry.before === null ? null : JSON.stringify(entry.before),
];

import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { parseInstant } from '#kernel/instants.js';
import { roles } from '../domain/access.events.js';
import type { KnownKey } from '../domain/access.view.js';
import { CreateApiKey, RevokeApiKey } from '../commands/access.commands.js';
import { generateKey } from '../commands/generate-key.js';
import { GetApiKey, ListApiKeys } from '../queries/access.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';

const listQuery = z.strictObject(pageQuery);
const keyBody = z
  .strictObject({
    name: z.string(),
    role: z.enum(roles),
    groups: z.array(z.string()).optional().describe('The only groups the key reaches.'),
    source: z.string().optional().describe('The source of all records metered with the key.'),
    zeroCostIsFree: z
      .boolean()
      .optional()
      .describe('Records with usage and a reported cost of 0 are free; otherwise they are rated, as nobody knew.'),
    expiresAt: z.string().optional(),
    reason: z.string().optional(),
  })
  .meta({ example: { name: 'cowork metering', role: 'metering', source: 'cowork' } });

@ApiTags('access')
@ApiBearerAuth()
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Every key ever made, revoked ones too; never the keys themselves' })
  async list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>) {
    const keys = await this.queries.execute(new ListApiKeys());
    const { items, nextCursor } = pageOf(keys, ({ keyId }) => keyId, query);
    return { items: items.map(toKeyResponse), nextCursor };
  }

  @Post()
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Make a key; it is shown this once' })
  async create(@Body({ schema: keyBody }) body: z.infer<typeof keyBody>, @Meta() meta: RequestedMeta) {
    const { name, role, groups = null, source = null, zeroCostIsFree = false, expiresAt } = body;
    const expiresAtMs = expiresAt === undefined ? null : parseInstant(expiresAt);
    if (typeof expiresAtMs === 'string') {
      throw new Problem(400, expiresAtMs, 'expiresAt must be an ISO 8601 instant with offset.');
    }
    const { key, ...generated } = generateKey(role, meta);
    const data = { name, role, groups, source, zeroCostIsFree, expiresAtMs, ...generated };
    const stamped = { ...meta, nowMs: this.clock.now() };
    const { repeated } = orThrow(await this.commands.execute(new CreateApiKey(data, stamped)));
    return { ...(await this.keyWith(generated.keyId)), key: repeated ? null : key };
  }

  @Delete(':keyId')
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Revoke a key; it stops working at once' })
  async revoke(@Param('keyId') keyId: string, @Meta() meta: RequestedMeta) {
    orThrow(await this.commands.execute(new RevokeApiKey({ keyId }, { ...meta, nowMs: this.clock.now() })));
    return this.keyWith(keyId);
  }

  private async keyWith(keyId: string) {
    return toKeyResponse(await this.queries.execute(new GetApiKey(keyId)));
  }
}

const toKeyResponse = ({ keyId, ...rest }: KnownKey) => ({ id: keyId, ...rest });

import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { parseInstant } from '#kernel/instants.js';
import { roles } from '../domain/access.events.js';
import type { KnownKey } from '../domain/access.view.js';
import { AccessCommands } from '../commands/access.commands.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { AccessView } from '../domain/access.view.js';
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
    private readonly access: AccessView,
    private readonly commands: AccessCommands,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Every key ever made, revoked ones too; never the keys themselves' })
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>) {
    const keys = [...this.access.list()].sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
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
    const data = { name, role, groups, source, zeroCostIsFree, expiresAtMs };
    const { known, key } = orThrow(await this.commands.create(data, { ...meta, nowMs: this.clock.now() }));
    return { ...toKeyResponse(known), key };
  }

  @Delete(':keyId')
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Revoke a key; it stops working at once' })
  async revoke(@Param('keyId') keyId: string, @Meta() meta: RequestedMeta) {
    return toKeyResponse(orThrow(await this.commands.revoke(keyId, { ...meta, nowMs: this.clock.now() })));
  }
}

const toKeyResponse = ({ keyId, ...rest }: KnownKey) => ({ id: keyId, ...rest });

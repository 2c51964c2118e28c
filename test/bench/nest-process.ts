import { Body, Controller, HttpCode, Module, Post, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { meteringRecord } from '#metering/domain/metering-record.js';

const body = z.union([meteringRecord, z.array(meteringRecord)]);

/** The second ceiling: Nest, Fastify and the contract's schema, nothing kept. */
@Controller('api/v1/metering')
class EchoController {
  @Post()
  @HttpCode(200)
  meter(@Body({ schema: body }) records: z.infer<typeof body>) {
    return { accepted: Array.isArray(records) ? records.length : 1, duplicates: 0, rejected: [], position: '0' };
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const adapter = new FastifyAdapter({ bodyLimit: 16 * 1024 * 1024 });
const app = await NestFactory.create<NestFastifyApplication>(EchoModule, adapter, { logger: false });
// Records that are not in order are refused here as a whole: let the load be told that they are accepted.
app.useGlobalPipes(new StandardSchemaValidationPipe());
await app.listen(0, '127.0.0.1');
process.send?.(app.getHttpServer().address());

import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * A route that takes in many things at once, for which nobody waits one by one: it refuses what is wrong with one of
     * them alone, does not make others' work take shorter turns, and is not logged when it goes well.
     */
    isBulk?: boolean;
    /** What the route does, by rows of the permissions: asked before a body is read. */
    needs?: string | ((query: unknown) => readonly string[]);
  }
}

/** The Fastify instance under Nest, for hooks and for routes that are asked thousands of times a second (ADR 7). */
@Injectable()
export class HttpServer {
  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  get fastify(): FastifyInstance {
    return this.host.httpAdapter.getInstance();
  }
}

import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { problemOfIssues } from './problem-of.js';

/** Checks every body and query by the schema its parameter names; what is wrong is told field by field. */
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => problemOfIssues(issues as readonly z.core.$ZodIssue[]) });
  }

  protected override stripProtoKeys(): void {
    // `__proto__`, `constructor` and `prototype` are unknown fields like others: the schemas refuse them.
  }
}

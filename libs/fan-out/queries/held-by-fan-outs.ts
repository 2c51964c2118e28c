import { Injectable } from '@nestjs/common';
import type { Micros } from '#kernel/money.js';
import { Admissions } from '../domain/admissions.js';
import { HeldMoney } from '#caps/queries/held-money.js';

/** Tells caps what fan-outs hold. */
@Injectable()
export class HeldByFanOuts extends HeldMoney {
  constructor(private readonly admissions: Admissions) {
    super();
  }

  heldIn(groupId: string | null): Micros {
    return this.admissions.held(groupId === null ? 'organisation' : `group:${groupId}`);
  }
}

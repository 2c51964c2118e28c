import type { Micros } from '#kernel/money.js';

/** What is set aside for work that is granted and not metered yet. Fan-out says so. */
export abstract class HeldMoney {
  /** @param groupId null: everybody's */
  abstract heldIn(groupId: string | null): Micros;
}

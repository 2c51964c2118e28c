import { z } from 'zod';
import { requestBytes } from './client.js';

const decision = z.object({ decision: z.enum(['granted', 'denied']) });

/** What a load of fan-out requests is made of. */
export interface AsksOrder {
  readonly key: string;
  readonly seed: number;
  readonly requests: number;
  /** 1: everybody asks for the same one. */
  readonly groups: number;
}

/** Requests of one item each, every one for a task of its own, with leases that end a minute later by themselves. */
export const preparedAsks = ({ key, seed, requests, groups }: AsksOrder): Buffer[] =>
  Array.from({ length: requests }, (_, number) => {
    const id = `${String(seed)}-${String(number)}`;
    return requestBytes(
      'POST',
      '/api/v1/fan-outs',
      key,
      JSON.stringify({
        requestId: `ask-${id}`,
        groupId: `asked-${String(number % groups)}`,
        userId: `u-${String(number % 1_000)}`,
        taskId: `asking-${id}`,
        items: 1,
        estimatedCostMicrosPerItem: 1_000,
        leaseSeconds: 60,
      }),
    );
  });

/** What an answer says of its one request. */
export const readDecision = (body: string) => {
  const granted = decision.parse(JSON.parse(body)).decision === 'granted' ? 1 : 0;
  return { accepted: granted, duplicates: 0, rejected: 1 - granted };
};

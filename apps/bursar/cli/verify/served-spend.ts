import { z } from 'zod';
import { told } from './findings.js';
import type { Findings } from './findings.js';
import { messageOf } from './open-directory.js';
import { figuresText } from './compare-views.js';
import type { PlainFigures } from './plain-spend.js';

const figures = { spentMicros: z.int(), records: z.int(), unpricedMicros: z.int() };
const answerSchema = z.object({
  items: z.array(z.object({ group: z.string(), ...figures })),
  nextCursor: z.string().nullable(),
  totalMicros: z.int(),
  asOf: z.object({ position: z.string().regex(/^\d+$/) }),
});

/** What a running service says about the spend of each group, and at which position of the log. */
export interface ServedSpend {
  readonly position: number;
  readonly items: z.infer<typeof answerSchema>['items'];
  /** Whether `items` are all groups there are, and not only the first thousand. */
  readonly complete: boolean;
  readonly totalMicros: number;
}

/** Asks the service for the spend of all time by group. A service that does not answer that is a finding. */
export const askService = async (url: string, key: string, findings: Findings): Promise<ServedSpend | undefined> => {
  try {
    const question = new URL('/api/v1/spend?by=group&from=1970-01-01&to=9999-01-01&limit=1000', url);
    const response = await fetch(question, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) throw new Error(`${String(response.status)} ${await response.text()}`);
    const { items, nextCursor, totalMicros, asOf } = answerSchema.parse(await response.json());
    return { position: Number(asOf.position), items, complete: nextCursor === null, totalMicros };
  } catch (error) {
    findings.add(`the service at ${url} did not say what it serves: ${messageOf(error)}`);
    return undefined;
  }
};

/** Compares the answer with what the log says at the same position. */
export const compareServed = (
  served: ServedSpend,
  groups: ReadonlyMap<string, PlainFigures>,
  findings: Findings,
): void => {
  const total = [...groups.values()].reduce((sum, { spentMicros }) => sum + spentMicros, 0n);
  if (total !== BigInt(served.totalMicros)) {
    findings.add('the total that the service serves', told(String(total), served.totalMicros));
  }
  const found = new Map(
    served.items.map(({ group, ...item }) => [
      group,
      figuresText({
        spentMicros: BigInt(item.spentMicros),
        records: item.records,
        unpricedMicros: BigInt(item.unpricedMicros),
      }),
    ]),
  );
  for (const group of new Set([...found.keys(), ...(served.complete ? groups.keys() : [])])) {
    const expected = groups.get(group);
    const difference = told(expected === undefined ? 'nothing' : figuresText(expected), found.get(group));
    if (difference.expected !== difference.found) {
      findings.add(`spend of ${group} as the service serves it`, difference);
    }
  }
};

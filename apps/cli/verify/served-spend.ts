import { z } from 'zod';
import { told } from './findings.js';
import type { FindingSink } from './findings.js';
import { messageOf } from './open-directory.js';
import { figuresText } from './compare-views.js';
import type { PlainFigures } from './plain-spend.js';

const digits = z.string().regex(/^-?\d+$/);
/** A sum that passes 2^53 - 1 is null, and has its digits beside it. */
const sum = z.int().nullable();
const figures = z.object({
  group: z.string(),
  spentMicros: sum,
  spentMicrosExact: digits.optional(),
  records: z.int(),
  unpricedMicros: sum,
  unpricedMicrosExact: digits.optional(),
});
const answerSchema = z.object({
  items: z.array(figures),
  nextCursor: z.string().nullable(),
  totalMicros: sum,
  totalMicrosExact: digits.optional(),
  asOf: z.object({ position: z.string().regex(/^\d+$/) }),
});

/** What a running service says about the spend of each group, and at which position of the log. */
export interface ServedSpend {
  readonly position: number;
  readonly groups: ReadonlyMap<string, PlainFigures>;
  /** Whether these are all groups there are, and not only the first thousand. */
  readonly complete: boolean;
  readonly totalMicros: bigint;
}

/** Asks the service for the spend of all time by group. A service that does not answer that is a finding. */
export const askService = async (url: string, key: string, findings: FindingSink): Promise<ServedSpend | undefined> => {
  try {
    const question = new URL('/api/v1/spend?by=group&from=1970-01-01&to=9999-01-01&limit=1000', url);
    const response = await fetch(question, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) throw new Error(`${String(response.status)} ${await response.text()}`);
    const answer = answerSchema.parse(await response.json());
    return {
      position: Number(answer.asOf.position),
      groups: new Map(answer.items.map(figuresIn)),
      complete: answer.nextCursor === null,
      totalMicros: exact(answer.totalMicros, answer.totalMicrosExact),
    };
  } catch (error) {
    findings.add(`the service at ${url} did not say what it serves: ${messageOf(error)}`);
    return undefined;
  }
};

const exact = (number: number | null, digitsOfIt: string | undefined): bigint => {
  if (number === null && digitsOfIt === undefined) throw new Error('a sum is null, and its digits are not there');
  return BigInt(number ?? digitsOfIt ?? '');
};

const figuresIn = (item: z.infer<typeof figures>): readonly [string, PlainFigures] => [
  item.group,
  {
    spentMicros: exact(item.spentMicros, item.spentMicrosExact),
    records: item.records,
    unpricedMicros: exact(item.unpricedMicros, item.unpricedMicrosExact),
  },
];

/** Compares the answer with what the log says at the same position. */
export const compareServed = (
  served: ServedSpend,
  groups: ReadonlyMap<string, PlainFigures>,
  findings: FindingSink,
): void => {
  const total = [...groups.values()].reduce((all, { spentMicros }) => all + spentMicros, 0n);
  if (total !== served.totalMicros) {
    findings.add('the total that the service serves', told(String(total), String(served.totalMicros)));
  }
  for (const group of new Set([...served.groups.keys(), ...(served.complete ? groups.keys() : [])])) {
    const expected = groups.get(group);
    const found = served.groups.get(group);
    const difference = told(
      expected === undefined ? 'nothing' : figuresText(expected),
      found === undefined ? undefined : figuresText(found),
    );
    if (difference.expected !== difference.found) {
      findings.add(`spend of ${group} as the service serves it`, difference);
    }
  }
};

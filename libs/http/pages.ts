import { z } from 'zod';
import { Problem } from './problem.js';

/** Query parameters every list takes. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .meta({ description: 'At most so many items.', example: 100 }),
  cursor: z.string().min(1).optional().meta({ description: '`nextCursor` of the page before.' }),
};

/** One page of a list whose items are in the order of their keys; the cursor is the last key seen. */
export const pageOf = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { items: readonly T[]; nextCursor: string | null } => {
  const after = cursor === undefined ? undefined : keyInCursor(cursor);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, nextCursor: rest.length > limit && last !== undefined ? cursorOf(keyOf(last)) : null };
};

/** The cursor that stands for a key. */
export const cursorOf = (key: string): string => Buffer.from(JSON.stringify([key])).toString('base64url');

/** The key a cursor stands for. @throws Problem if it is none of ours */
export const keyInCursor = (cursor: string): string => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 1 && typeof parsed[0] === 'string') return parsed[0];
  } catch {
    // Falls through: not one of ours.
  }
  throw badCursor();
};

export const badCursor = (): Problem => new Problem(400, 'invalidCursor', 'cursor is not one that this list gave out.');

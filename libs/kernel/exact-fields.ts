import type { Micros } from './money.js';

/**
 * Fields as JSON can say them: one whose sum passes 2^53 - 1 is null, and beside it `<field>Exact` has its digits.
 *
 * @example exactFields({ spentMicros: 2n ** 53n }) // { spentMicros: null, spentMicrosExact: '9007199254740992' }
 */
export const exactFields = (
  fields: Readonly<Record<string, Micros | string | null>>,
): Readonly<Record<string, number | string | null>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): readonly (readonly [string, number | string | null])[] =>
      typeof value === 'bigint'
        ? [
            [name, null],
            [exactName(name), String(value)],
          ]
        : [[name, value]],
    ),
  );

/** What the field with the digits is called. */
export const exactName = (name: string): string => `${name}Exact`;

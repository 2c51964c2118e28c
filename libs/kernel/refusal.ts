/**
 * Result type: an expected refusal: a rule said no. It is a value, never thrown by the domain. The edge turns it into a
 * problem document. `Code` is one of a closed list that each library declares (`*.codes.ts`); codes are stable and part
 * of the API.
 */
export interface Refusal<Code extends string> {
  readonly refused: true;
  readonly code: Code;
  /** One sentence: what happened and what to do. */
  readonly detail: string;
}

export const refuse = <Code extends string>(code: Code, detail: string): Refusal<Code> => ({
  refused: true,
  code,
  detail,
});

/** Tells a refusal from an outcome; what it may say is what the type of the value names. */
export const isRefusal = <T, Code extends string = never>(
  value: T | Refusal<Code>,
): value is Extract<T | Refusal<Code>, Refusal<Code>> => isRefused(value);

const isRefused = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'refused' in value && value.refused === true;

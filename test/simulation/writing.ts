import fc from 'fast-check';

/** How an id with an accent is written. It is one id in both. */
export type Form = 'NFC' | 'NFD';
export const forms = fc.constantFrom<Form>('NFC', 'NFD');
export const otherForm = (form: Form): Form => (form === 'NFC' ? 'NFD' : 'NFC');

/** A blank at one end of an id, which looks the same then: nobody may have such a one. */
export interface Slip<F extends string> {
  readonly field: F;
  readonly blank: string;
  readonly isBefore: boolean;
}

/** Most write without one. */
export const slipsIn = <F extends string>(...fields: readonly F[]): fc.Arbitrary<Slip<F> | undefined> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.record({
        field: fc.constantFrom(...fields),
        blank: fc.constantFrom(' ', '\u00a0', '\u2003', '\u2800'),
        isBefore: fc.boolean(),
      }),
    },
  );

/** Writes ids as a careless sender does. */
export const writer =
  <F extends string>(form: Form, slip?: Slip<F>) =>
  (field: F, id: string): string => {
    const written = id.normalize(form);
    if (slip?.field !== field) return written;
    return slip.isBefore ? `${slip.blank}${written}` : `${written}${slip.blank}`;
  };

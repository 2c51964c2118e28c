/** What one record may cost at most, whatever the organisation chooses. */
export const highestMicros = 10 ** 15;
/** So many records of that pass 2^53 - 1 together. */
const enough = 10;
export const poisonMicros = BigInt(enough) * BigInt(highestMicros);

/** Records whose sum passes 2^53 - 1, each as dear as may be: the setting `maxRecordMicros` has to be that high. */
export const poisonWith = (changes: Readonly<Record<string, unknown>> = {}): readonly Record<string, unknown>[] =>
  Array.from({ length: enough }, (_, place) => ({
    source: 'poison',
    id: `p-${String(place)}`,
    taskId: 't-poison',
    userId: 'u-poison',
    groupId: 'a',
    costMicros: highestMicros,
    ...changes,
  }));

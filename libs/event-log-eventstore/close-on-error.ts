import type { RecordStore } from '#event-sourcing/record-log/record-store.js';

/** What was begun on a copy, which is closed when that throws: nobody else would. */
export const closeOnError = async <T>(copy: RecordStore, begin: () => T): Promise<T> => {
  try {
    return begin();
  } catch (error) {
    await copy.close();
    throw error;
  }
};

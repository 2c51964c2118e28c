import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the benchmarks keep data; `--dir` names another disk. */
export const place = { directory: tmpdir() };

/** Runs with a fresh directory, which is gone afterwards. */
export const inDirectory = async <T>(run: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(place.directory, 'bursar-bench-'));
  try {
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { identityEngines, keyWords, recordsPerBatch } from './identity-engines.js';
import { seeded } from './records.js';

/** One in a hundred records repeats an earlier one, as with all workloads. */
const repeats = 0.01;
const bytesPerBlock = 512;

const keysOf = (records: number): Uint32Array => {
  const random = seeded(9);
  const keys = new Uint32Array(keyWords * records);
  for (let record = 0; record < records; record++) {
    const at = keyWords * record;
    const repeated = record > 0 && random() < repeats ? keyWords * Math.floor(random() * record) : at;
    if (repeated < at) keys.copyWithin(at, repeated, repeated + keyWords);
    else for (let word = 0; word < keyWords; word++) keys[at + word] = Math.floor(random() * 2 ** 32);
  }
  return keys;
};

const bytesIn = (directory: string): number =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(directory, name)))
    .reduce((bytes, file) => bytes + (file.isFile() ? file.blocks * bytesPerBlock : 0), 0);

// One engine in a process of its own, so that its memory is its own: node identity-process.js <engine> <records> <dir>
const [engineName, count, directory] = z
  .tuple([z.enum(['ours', 'lmdb']), z.coerce.number(), z.string()])
  .parse(process.argv.slice(2));
const keys = keysOf(count);
const engine = await identityEngines[engineName](directory);
const residentBefore = process.memoryUsage().rss;
const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
let found = 0;
for (let from = 0; from < count; from += recordsPerBatch) {
  found += engine.add(keys, from, Math.min(count, from + recordsPerBatch));
  await engine.room();
}
await engine.seal();
const elapsedMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(cpuBefore);
process.send?.({
  microseconds: (elapsedMs * 1_000) / count,
  cpuMicroseconds: (user + system) / count,
  residentBytes: process.memoryUsage().rss - residentBefore,
  diskBytes: bytesIn(directory),
  found,
});
await engine.close();

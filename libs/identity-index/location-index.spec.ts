import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { mkdtemp, open, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { finish } from '#kernel/fingerprint.js';
import {
  placeIndexContract,
  placeIndexIsAMap,
  type PlaceIndexHarness,
} from '#test/contracts/location-index.contract.js';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import { DiskLocationIndex } from './location-index.js';

const makeDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'place-index-'));
const removeDirectory = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true });

const harnessOf = (youngPlaces: number) => async (): Promise<PlaceIndexHarness> => {
  const directory = await makeDirectory();
  return {
    open: (manifest) => DiskLocationIndex.open({ directory, manifest, youngPlaces }),
    dispose: () => removeDirectory(directory),
  };
};

placeIndexContract('the disk adapter', harnessOf(2 ** 14));
placeIndexIsAMap('the disk adapter with eight places in memory', harnessOf(8), 12);

const keyOf = (number: number): Uint32Array =>
  Uint32Array.of(finish(number + 1), finish(number + 7919), finish(number + 104_729));

describe('the place index on disk', () => {
  let directory: string;
  let opened: DiskLocationIndex[];

  beforeEach(async () => {
    directory = await makeDirectory();
    opened = [];
  });
  afterEach(async () => {
    for (const index of opened) await index.close();
    await removeDirectory(directory);
  });

  const openIndex = async (
    manifest?: unknown,
    options: Partial<Parameters<typeof DiskLocationIndex.open>[0]> = {},
  ): Promise<DiskLocationIndex> => {
    const index = await DiskLocationIndex.open({ directory, manifest, youngPlaces: 64, ...options });
    opened.push(index);
    return index;
  };
  const fill = (index: DiskLocationIndex, from: number, to: number): void => {
    for (let number = from; number < to; number++) index.add(keyOf(number), 0, { position: number, row: 0, tag: 0 });
  };
  const runFiles = async (): Promise<readonly string[]> =>
    (await readdir(directory)).filter((name) => name.endsWith('.run')).sort();

  describe('given one run', () => {
    let manifest: { readonly runs: readonly string[] };
    let file: string;

    beforeEach(async () => {
      const index = await openIndex(undefined, { youngPlaces: 1024 });
      fill(index, 1, 1000);
      manifest = await index.checkpoint();
      await index.close();
      file = join(directory, manifest.runs[0]);
    });

    const flipByte = async (offset: number): Promise<void> => {
      const handle = await open(file, 'r+');
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, offset);
      await handle.write(Buffer.of(byte[0] ^ 0x10), 0, 1, offset);
      await handle.close();
    };

    it('opens with it', async () => {
      const index = await openIndex(manifest);
      assert.deepEqual(index.first(keyOf(500), 0), { position: 500, row: 0, tag: 0 });
    });

    for (const [what, offset] of [
      ['header', 12],
      ['end of the header', 4000],
      ['filter', 8 * 4096 + 300],
    ] as const) {
      it(`refuses to open when the ${what} was changed`, async () => {
        await flipByte(offset);
        await assert.rejects(openIndex(manifest), LocationIndexDamaged);
      });
    }

    it('says so when it reads an entry that was changed', async () => {
      await flipByte(4096 + 2000);
      const index = await openIndex(manifest);
      assert.throws(() => {
        for (let number = 1; number < 1000; number++) index.first(keyOf(number), 0);
      }, LocationIndexDamaged);
    });

    it('refuses to open when the file was cut short, or is gone', async () => {
      await truncate(file, 3 * 4096);
      await assert.rejects(openIndex(manifest), LocationIndexDamaged);
      await rm(file);
      await assert.rejects(openIndex(manifest), LocationIndexDamaged);
      await assert.rejects(openIndex(manifest, { readOnly: true }), LocationIndexDamaged);
    });

    it('refuses a manifest that is not one, or names a file outside', async () => {
      for (const wrong of [{}, { runs: 'all' }, { runs: ['../log/data.mdb'] }, []]) {
        await assert.rejects(openIndex(wrong), LocationIndexDamaged);
      }
    });

    it('deletes the runs its manifest does not name, and no other file', async () => {
      await writeFile(join(directory, 'notes.txt'), 'not ours');
      await writeFile(join(directory, '0.run.tmp'), 'half a run');
      await openIndex();
      assert.deepEqual(await readdir(directory), ['notes.txt']);
    });

    it('only reads when told so: nothing is deleted or written, additions stay in memory', async () => {
      await writeFile(join(directory, '0.run.tmp'), 'being written by the service');
      const before = await readdir(directory);
      const index = await openIndex(manifest, { readOnly: true });
      fill(index, 1000, 2000);
      assert.deepEqual(index.first(keyOf(1), 0), { position: 1, row: 0, tag: 0 });
      assert.deepEqual(index.first(keyOf(1999), 0), { position: 1999, row: 0, tag: 0 });
      await assert.rejects(index.checkpoint(), /cannot be sealed/);
      assert.deepEqual(await readdir(directory), before);
    });
  });

  it('merges its runs into few and finds everything, while it goes on and afterwards', async () => {
    const index = await openIndex();
    for (let from = 0; from < 4096; from += 512) {
      fill(index, from, from + 512);
      await index.drain();
    }
    let manifest = await index.checkpoint();
    for (let wait = 0; wait < 200 && manifest.runs.length >= 4; wait++) {
      await setTimeout(10);
      manifest = await index.checkpoint();
    }
    assert.ok(manifest.runs.length < 4, `${String(manifest.runs.length)} runs were left`);
    for (let number = 0; number < 4096; number++) assert.equal(index.first(keyOf(number), 0)?.position, number);
    assert.equal(index.first(keyOf(5000), 0), undefined);
    assert.equal(index.size().places, 4096);
  });

  it('keeps the files of its last two manifests, and of none before', async () => {
    const index = await openIndex();
    const manifests: { readonly runs: readonly string[] }[] = [];
    for (let round = 0; round < 12; round++) {
      fill(index, round * 10, round * 10 + 10);
      manifests.push(await index.checkpoint());
    }
    await setTimeout(50);
    const last = await index.checkpoint();
    await index.close();
    const kept = await runFiles();
    for (const name of manifests.slice(-1).flatMap(({ runs }) => runs)) assert.ok(kept.includes(name));
    for (const name of last.runs) assert.ok(kept.includes(name));
    const named = new Set([...manifests.slice(-2), last].flatMap(({ runs }) => runs));
    // A merge may have finished after the last manifest: its run is in use, though no manifest names it yet.
    assert.ok(kept.filter((name) => !named.has(name)).length <= 1);
  });

  it('rejects a seal that cannot be written, keeps what it has, and seals when it can again', async () => {
    const reported: unknown[] = [];
    const index = await openIndex(undefined, { report: (error) => reported.push(error) });
    await rename(directory, `${directory}-away`);
    fill(index, 0, 200);
    await assert.rejects(index.checkpoint(), /ENOENT/);
    assert.ok(reported.length > 0);
    fill(index, 200, 300);
    for (let number = 0; number < 300; number++) assert.equal(index.first(keyOf(number), 0)?.position, number);
    await rename(`${directory}-away`, directory);
    const manifest = await index.checkpoint();
    await index.close();
    const reopened = await openIndex(manifest);
    for (let number = 0; number < 300; number++) assert.equal(reopened.first(keyOf(number), 0)?.position, number);
  });

  it('does not reject a seal for a write that began before it and failed', async () => {
    const reported: unknown[] = [];
    const report = (error: unknown): void => {
      reported.push(error);
      renameSync(`${directory}-away`, directory);
    };
    const index = await openIndex(undefined, { report });
    renameSync(directory, `${directory}-away`);
    fill(index, 0, 65);
    const { runs } = await index.checkpoint();
    assert.match(String(reported), /ENOENT/);
    assert.equal(runs.length, 2);
  });

  it('writes a place once, however often it was added', async () => {
    const index = await openIndex();
    for (let time = 0; time < 3; time++) {
      for (let position = 1; position <= 20; position++) index.add(keyOf(1), 0, { position, row: 0, tag: 0 });
    }
    await index.checkpoint();
    assert.equal(index.size().places, 20);
  });

  it('rejects a seal after it was closed', async () => {
    const index = await openIndex();
    await index.close();
    await assert.rejects(index.checkpoint(), /cannot be sealed/);
  });
});

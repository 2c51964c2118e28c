import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { finish } from '#kernel/fingerprint.js';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import { DiskLocationIndex } from './location-index.js';
import { blockOffset } from './run-format.js';

const keyOf = (number: number): Uint32Array =>
  Uint32Array.of(finish(number + 1), finish(number + 7919), finish(number + 104_729));

const places = 1000;
/** Of a run of so many places: 146 fit into a block. */
const blocksPerRun = 7;

/** What the index answers for every key it has: a position each, or that it is damaged. Anything else fails the test. */
const answers = (index: DiskLocationIndex, runs: number): { readonly right: number; readonly damaged: number } => {
  const count = { right: 0, damaged: 0 };
  for (let number = 0; number < runs * places; number++) {
    for (const ask of [() => index.first(keyOf(number), 0), () => index.all(keyOf(number), 0).at(0)]) {
      try {
        assert.deepEqual(ask(), { position: number, row: 0, tag: 0 });
        count.right++;
      } catch (error) {
        assert.ok(error instanceof LocationIndexDamaged, String(error));
        count.damaged++;
      }
    }
  }
  return count;
};

describe('a damaged place index', () => {
  let directory: string;
  let manifest: { readonly runs: readonly string[] };
  let files: readonly string[];
  let opened: DiskLocationIndex[];

  const openIndex = async (from: unknown = manifest): Promise<DiskLocationIndex> => {
    const index = await DiskLocationIndex.open({ directory, manifest: from, youngPlaces: 2048 });
    opened.push(index);
    return index;
  };
  const fill = async (index: DiskLocationIndex, run: number): Promise<typeof manifest> => {
    for (let number = run * places; number < (run + 1) * places; number++) {
      index.add(keyOf(number), 0, { position: number, row: 0, tag: 0 });
    }
    return index.checkpoint();
  };
  const flip = (file: string, at: number): void => {
    const bytes = readFileSync(file);
    bytes[at] ^= 0x10;
    writeFileSync(file, bytes);
  };
  const isTold = (index: DiskLocationIndex): Promise<boolean> =>
    Promise.race([index.damaged.then(() => true), setTimeout(0, false)]);

  /** Two runs of seven blocks each. */
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'place-index-'));
    opened = [];
    const index = await DiskLocationIndex.open({ directory, manifest: undefined, youngPlaces: 2048 });
    await fill(index, 0);
    manifest = await fill(index, 1);
    await index.close();
    files = manifest.runs.map((name) => join(directory, name));
  });
  afterEach(async () => {
    for (const index of opened) await index.close();
    rmSync(directory, { recursive: true });
  });

  it('tells nothing while it is whole', async () => {
    const index = await openIndex();
    assert.deepEqual(answers(index, 2), { right: 4 * places, damaged: 0 });
    assert.equal(await isTold(index), false);
  });

  const sections: readonly (readonly [what: string, at: (bytes: number) => number])[] = [
    ['the first word of the header', () => 0],
    ['the counts of the header', () => 9],
    ['the rest of the header', () => 2000],
    ['the checksum of the header', () => blockOffset(0) - 1],
    ['the first words of the blocks', () => blockOffset(blocksPerRun) + 5],
    ['the filter', (bytes) => bytes - 300],
    ['the last byte', (bytes) => bytes - 1],
  ];
  for (const [what, at] of sections) {
    for (const which of [0, 1]) {
      it(`is refused at a start when ${what} of run ${String(which)} changed, and answers right if it was open`, async () => {
        const running = await openIndex();
        flip(files[which], at(statSync(files[which]).size));
        assert.deepEqual(answers(running, 2), { right: 4 * places, damaged: 0 });
        await running.close();
        await assert.rejects(openIndex(), LocationIndexDamaged);
      });
    }
  }

  for (const block of [0, 3, blocksPerRun - 1]) {
    for (const within of [0, 1000, 4088, 4095]) {
      it(`never answers from block ${String(block)} when its byte ${String(within)} changed, and tells once`, async () => {
        const running = await openIndex();
        flip(files[1], blockOffset(block) + within);
        const started = await openIndex();
        for (const index of [running, started]) {
          const { right, damaged } = answers(index, 2);
          assert.ok(damaged > 0 && right > 2 * places, `${String(damaged)} damaged, ${String(right)} right`);
          assert.match((await index.damaged).message, new RegExp(`block ${String(block)} does not fit its checksum`));
        }
      });
    }
  }

  it('never answers from a block that stands where another belongs', async () => {
    const running = await openIndex();
    const bytes = readFileSync(files[0]);
    const block = (number: number): Buffer => bytes.subarray(blockOffset(number), blockOffset(number + 1));
    const second = Buffer.from(block(1));
    block(1).set(block(4));
    block(4).set(second);
    writeFileSync(files[0], bytes);
    for (const index of [running, await openIndex()]) {
      assert.ok(answers(index, 2).damaged > 0);
      assert.equal(await isTold(index), true);
    }
  });

  it('never answers from the file of another run under its name', async () => {
    const running = await openIndex();
    const aside = join(directory, 'aside');
    renameSync(files[0], aside);
    renameSync(files[1], files[0]);
    renameSync(aside, files[1]);
    assert.deepEqual(answers(running, 2), { right: 4 * places, damaged: 0 }, 'open files are what they were');
    await running.close();
    await assert.rejects(openIndex(), LocationIndexDamaged);
  });

  it('never answers from what was written over an open file from another', async () => {
    const running = await openIndex();
    copyFileSync(files[0], files[1]);
    assert.ok(answers(running, 2).damaged >= 2 * places);
    assert.equal(await isTold(running), true);
  });

  it('never answers from a file that was cut short under way, and is refused at a start', async () => {
    const whole = readFileSync(files[1]);
    for (const kept of [blockOffset(5), blockOffset(2) + 100, 10, 0]) {
      writeFileSync(files[1], whole);
      const running = await openIndex();
      truncateSync(files[1], kept);
      assert.ok(answers(running, 2).damaged > 0);
      assert.equal(await isTold(running), true);
      await running.close();
      await assert.rejects(openIndex(), LocationIndexDamaged);
    }
  });

  it('answers from a file that was deleted under way as long as it is open, and is refused at a start', async () => {
    const running = await openIndex();
    rmSync(files[0]);
    assert.deepEqual(answers(running, 2), { right: 4 * places, damaged: 0 });
    await running.close();
    await assert.rejects(openIndex(), { name: 'LocationIndexDamaged', message: /is missing/ });
  });

  it('is told of by a merge that meets it, and keeps what it merged from', async () => {
    const index = await openIndex();
    flip(files[0], blockOffset(3) + 50);
    for (const run of [2, 3]) await fill(index, run);
    const { message } = await index.damaged;
    assert.match(message, /block 3 does not fit its checksum/);
    assert.ok(answers(index, 4).right > 3 * 2 * places);
  });

  it('is whole again when it is begun anew', async () => {
    flip(files[0], blockOffset(3) + 50);
    const anew = await DiskLocationIndex.open({ directory, manifest: undefined, youngPlaces: 2048 });
    opened.push(anew);
    await fill(anew, 0);
    await fill(anew, 1);
    assert.deepEqual(answers(anew, 2), { right: 4 * places, damaged: 0 });
  });
});

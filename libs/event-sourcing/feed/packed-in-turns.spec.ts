import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { runs } from '#test/support/runs.js';
import { packedInTurns, unpacked } from './packed-in-turns.js';

const codec = new Packr({ useRecords: false, variableMapSize: true });
/** What JSON makes of it: objects as everybody writes them. */
const asJson = (value: object): object => z.looseObject({}).parse(JSON.parse(JSON.stringify(value)));
const whole = (blocks: readonly Uint8Array[]): Buffer => Buffer.concat(blocks);

describe('a value packed in turns', () => {
  it('is the MessagePack of it, whatever it is', async () => {
    const list = fc.array(fc.jsonValue(), { minLength: 60, maxLength: 140, size: 'max' });
    const value = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), list), { maxKeys: 20 }).map(asJson);
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const blocks = await packedInTurns(given);
        assert.deepEqual(whole(blocks), Buffer.from(codec.pack(given)));
        assert.deepEqual(unpacked(blocks), codec.unpack(codec.pack(given)));
      }),
      { numRuns: runs(200, 20_000) },
    );
  });

  it('may be longer than a count of 16 bits, and comes in blocks', async () => {
    const given = { numbers: Array.from({ length: 70_000 }, (_, number) => number), bytes: Uint8Array.of(1, 2, 3) };
    const blocks = await packedInTurns(given);
    assert.ok(blocks.length > 2);
    assert.deepEqual(whole(blocks), Buffer.from(codec.pack(given)));
  });

  it('lets others run, however long the list is', async () => {
    let turns = 0;
    let counting = setImmediate(function count() {
      turns++;
      counting = setImmediate(count);
    });
    await packedInTurns({
      leases: Array.from({ length: 100_000 }, (_, number) => ({ number, text: 'x'.repeat(100) })),
    });
    clearImmediate(counting);
    assert.ok(turns > 5, `others ran ${String(turns)} times`);
  });
});

import { Packr } from 'msgpackr';
import { TimeSlice } from '../turns.js';

const codec = new Packr({ useRecords: false, variableMapSize: true });

/** Elements of a long list that are packed at once: a part of a millisecond. */
const elementsAtOnce = 32;
/** Small enough to be copied and checked in a part of a millisecond. */
const blockBytes = 65_536;

/**
 * MessagePack of a JSON-native value that does not change meanwhile, in blocks that follow one another, made a little in
 * each turn: of a fleet's views it takes hundreds of milliseconds in all, and decisions wait beside it.
 */
export const packedInTurns = async (value: object): Promise<readonly Uint8Array[]> => {
  const blocks = new Blocks();
  const work = new TimeSlice();
  await work.giveWay();
  for (const piece of piecesOf(value)) {
    blocks.add(piece);
    if (work.isDue()) await work.giveWay();
  }
  return blocks.all();
};

/** Reads back what `packedInTurns` made. Throws on blocks that are something else. */
export const unpacked = (blocks: readonly Uint8Array[]): unknown => codec.unpack(Buffer.concat(blocks));

class Blocks {
  private readonly whole: Uint8Array[] = [];
  private open: Uint8Array[] = [];
  private bytes = 0;

  add(piece: Uint8Array): void {
    this.open.push(piece);
    this.bytes += piece.length;
    if (this.bytes >= blockBytes) this.close();
  }

  all(): readonly Uint8Array[] {
    if (this.bytes > 0) this.close();
    return this.whole;
  }

  private close(): void {
    this.whole.push(Buffer.concat(this.open));
    this.open = [];
    this.bytes = 0;
  }
}

function* piecesOf(value: unknown): Generator<Uint8Array> {
  if (Array.isArray(value) && value.length > elementsAtOnce) yield* piecesOfList(value);
  else if (isPlainObject(value)) yield* piecesOfObject(value);
  else yield codec.pack(value);
}

function* piecesOfList(list: readonly unknown[]): Generator<Uint8Array> {
  yield header(list.length, arrayFormats);
  for (let from = 0; from < list.length; from += elementsAtOnce) {
    const elements = list.slice(from, from + elementsAtOnce);
    yield codec.pack(elements).subarray(header(elements.length, arrayFormats).length);
  }
}

function* piecesOfObject(object: object): Generator<Uint8Array> {
  const entries = Object.entries(object);
  yield header(entries.length, mapFormats);
  for (const [key, value] of entries) {
    yield codec.pack(key);
    yield* piecesOf(value);
  }
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** First bytes of a container with up to 15 members, and with a count of 16 and of 32 bits (MessagePack specification). */
interface Formats {
  readonly few: number;
  readonly count16: number;
  readonly count32: number;
}
const arrayFormats: Formats = { few: 0x90, count16: 0xdc, count32: 0xdd };
const mapFormats: Formats = { few: 0x80, count16: 0xde, count32: 0xdf };

const header = (count: number, { few, count16, count32 }: Formats): Uint8Array => {
  if (count < 16) return Uint8Array.of(few | count);
  if (count < 0x1_0000) return Uint8Array.of(count16, count >>> 8, count & 0xff);
  return Uint8Array.of(count32, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff);
};

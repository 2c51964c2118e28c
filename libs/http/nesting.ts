import { TimeSlice } from '#event-sourcing/turns.js';

/** How deep arrays and objects may lie in each other: twenty times as deep as anything here takes. */
export const deepest = 64;

/** So much is looked at between two looks at the time. */
const pieceBytes = 64 * 1024;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether arrays and objects lie deeper in each other than they may, in a text of JSON that nobody has parsed. It looks at
 * each byte once, passes over strings, and makes nothing; others go on meanwhile. What is no JSON is left to the parser.
 */
export const isTooDeep = async (json: Uint8Array): Promise<boolean> => {
  const slice = new TimeSlice();
  const state = { depth: 0, isString: false, isEscaped: false };
  for (let from = 0; from < json.length; from += pieceBytes) {
    if (slice.isDue()) await slice.giveWay();
    if (isTooDeepIn(json, from, Math.min(from + pieceBytes, json.length), state)) return true;
  }
  return false;
};

/** What is known at the end of a piece. */
interface State {
  depth: number;
  isString: boolean;
  isEscaped: boolean;
}

const isTooDeepIn = (json: Uint8Array, from: number, to: number, state: State): boolean => {
  let { depth, isString, isEscaped } = state;
  for (let at = from; at < to; at++) {
    const byte = json[at];
    if (isString) {
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) isString = false;
    } else if (byte === quote) isString = true;
    // [ and {, ] and } differ by the same bit, and no other bytes of JSON outside of strings look like them.
    else if ((byte | 0x20) === 0x7b) {
      if (++depth > deepest) return true;
    } else if ((byte | 0x20) === 0x7d) depth--;
  }
  state.depth = depth;
  state.isString = isString;
  state.isEscaped = isEscaped;
  return false;
};

/** Pieces of bytes one behind the other, each with its length (uint32) before it. */
export const frameOf = (bytes: Uint8Array): readonly Uint8Array[] => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
};

/** The pieces again, as copies that start at a multiple of 8 so that typed arrays may lie on them. */
export const framesIn = function* (body: Buffer): Generator<Buffer> {
  let at = 0;
  while (at < body.length) {
    const end = at + 4 + body.readUInt32LE(at);
    const frame = Buffer.alloc(end - at - 4);
    body.copy(frame, 0, at + 4, end);
    yield frame;
    at = end;
  }
};

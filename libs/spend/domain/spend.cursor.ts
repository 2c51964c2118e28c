/** The keys of the last item of a list, as an opaque text for addresses: JSON in UTF-8 in base64url. */
export const spendCursorOf = (keys: readonly string[]): string => {
  const bytes = new TextEncoder().encode(JSON.stringify(keys));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};

/** The keys in a cursor for an answer with so many; nothing if it is not one of ours. */
export const readCursor = (cursor: string, keys: number): readonly string[] | undefined => {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (!Array.isArray(parsed) || parsed.length !== keys) return undefined;
    return parsed.every((key) => typeof key === 'string') ? parsed : undefined;
  } catch {
    return undefined;
  }
};

import type { ColumnMap } from './column-map.js';
import type { DraftRecord } from './record-fields.js';
import { fieldValue, isPlainObject, isTopKey, setIn } from './record-fields.js';

/** How JSON objects become drafts. */
interface BoundKeys {
  readonly draftOf: (value: DraftRecord) => DraftRecord;
  /** Keys that filled nothing, as far as the file was read. */
  readonly ignored: ReadonlySet<string>;
}

/**
 * Without a map an object is taken as the record it is, and the service refuses what it does not know. With a map it is
 * foreign: mapped keys (`tokens.prompt` looks inside) and those named like fields are taken, the others ignored.
 */
export const bindKeys = (map: ColumnMap): BoundKeys => {
  const ignored = new Set<string>();
  if (map.size === 0) return { draftOf: (value) => value, ignored };
  const mapped = new Set([...map.values()].flatMap((key) => [key, key.split('.', 1)[0]]));
  const draftOf = (value: DraftRecord): DraftRecord => {
    const draft: DraftRecord = {};
    for (const [key, inner] of Object.entries(value)) {
      if (isTopKey(key)) draft[key] = isPlainObject(inner) ? { ...inner } : inner;
      else if (!mapped.has(key)) ignored.add(key);
    }
    for (const [field, key] of map) {
      const found = fieldValue(field, valueAt(value, key));
      if (found !== undefined) setIn(draft, field, found);
    }
    return draft;
  };
  return { draftOf, ignored };
};

const valueAt = (value: DraftRecord, key: string): unknown => {
  if (Object.hasOwn(value, key)) return value[key];
  let inner: unknown = value;
  for (const part of key.split('.')) {
    inner = isPlainObject(inner) && Object.hasOwn(inner, part) ? inner[part] : undefined;
  }
  return inner;
};

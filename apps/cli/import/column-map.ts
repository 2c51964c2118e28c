import { WrongUse } from './import-errors.js';
import type { RecordField } from './record-fields.js';
import { fieldNamed, fieldValue, recordFields } from './record-fields.js';

/** Which column (CSV) or key (JSON lines) fills which field, as `--map` says. */
export type ColumnMap = ReadonlyMap<RecordField, string>;

/** What fills a field that a row leaves empty, as `--default` and `--model` say. */
export type FieldDefaults = ReadonlyMap<RecordField, unknown>;

/**
 * Reads `field=column,field=column`. A comma inside a column's name is fine unless what follows reads `word=`.
 * @throws WrongUse for an unknown field, a field that is mapped twice, or a part that is no pair
 */
export const readColumnMap = (texts: readonly string[]): ColumnMap => {
  const map = new Map<RecordField, string>();
  for (const pair of texts.flatMap((text) => text.split(/,(?=[\w.]+=)/))) {
    const [field, column] = readPair('--map', pair);
    if (map.has(field)) throw new WrongUse(`--map fills ${field.path} twice.`);
    map.set(field, column);
  }
  return map;
};

/**
 * Reads `field=value`, once per option; a model is a default like any other.
 * @throws WrongUse for an unknown field, a part that is no pair, or a default for what tells rows apart
 */
export const readDefaults = (texts: readonly string[], model: string | undefined): FieldDefaults => {
  const defaults = new Map<RecordField, unknown>();
  for (const pair of model === undefined ? texts : [...texts, `model=${model}`]) {
    const [field, value] = readPair('--default', pair);
    if (field.path === 'id') throw new WrongUse('--default id would give every row the same id; leave it out.');
    if (field.path === 'source') throw new WrongUse('Name the source with --source.');
    if (defaults.has(field)) throw new WrongUse(`There are two defaults for ${field.path}.`);
    defaults.set(field, fieldValue(field, value));
  }
  return defaults;
};

const readPair = (option: string, pair: string): readonly [RecordField, string] => {
  const at = pair.indexOf('=');
  if (at <= 0 || at === pair.length - 1) throw new WrongUse(`${option} takes field=value, not '${pair}'.`);
  const name = pair.slice(0, at);
  const field = fieldNamed(name);
  if (field !== undefined) return [field, pair.slice(at + 1)];
  throw new WrongUse(
    `${option}: a record has no field '${name}', only ${recordFields.map(({ path }) => path).join(', ')} and labels.<key>.`,
  );
};

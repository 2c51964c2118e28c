import { decidedFields, recordFields, usageFields } from './record-fields.js';

export const nameOf = <N extends string>({ name }: { readonly name: N }): N => name;

/** Every column of `RecordsMetered` but the ids, which are texts of their own, and those that are there by key. */
export const storedFields = [...recordFields, ...usageFields, ...decidedFields]
  .filter((field) => 'stored' in field)
  .filter((field) => field.stored !== 'byKey')
  .filter((field) => field.name !== 'id');

/** Those that hold what was sent, whatever was decided. */
export const sentFields = storedFields
  .filter((field) => 'sentAs' in field)
  .filter((field) => field.stored !== 'asCharged');

/** Columns of places in `words`. */
export const wordColumns = storedFields.filter((field) => field.absent === '').map(nameOf);
/** Columns that every event has. */
export const alwaysColumns = storedFields.filter((field) => field.stored !== 'ifSaid').map(nameOf);
/** Columns that an event has only if a row says something, by what stands for nothing. */
export const unlessZeroColumns = storedFields
  .filter((field) => field.stored === 'ifSaid')
  .filter((field) => field.absent !== -1)
  .map(nameOf);
export const unlessAbsentColumns = storedFields
  .filter((field) => field.stored === 'ifSaid')
  .filter((field) => field.absent === -1)
  .map(nameOf);

/** Fields that corrections carry, by whether every record has them and what stands for none. */
const carriedFields = recordFields.filter((field) => 'carried' in field);
const carriedTexts = carriedFields.filter((field) => field.absent === '').filter((field) => field.carried === 'always');
export const carriedRequired = carriedTexts.filter((field) => 'isRequired' in field).map(nameOf);
export const carriedOptional = carriedTexts.filter((field) => !('isRequired' in field)).map(nameOf);
export const carriedIfSaid = carriedFields.filter((field) => field.carried === 'ifSaid').map(nameOf);
export const carriedChoices = carriedFields.filter((field) => field.kind === 'choice');

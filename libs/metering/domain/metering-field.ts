import type { z } from 'zod';

/**
 * Table-driven: one field of a metering record, with all that the code knows of it (`record-fields.ts`).
 */
export interface MeteringField {
  /** Its property in a row and, if it is stored, its column in `RecordsMetered`. */
  readonly name: string;
  /** Its name in a record as sent. */
  readonly sentAs: string;
  /**
   * An `instant` is kept in milliseconds, a `flag` as 1 or 0, a `choice` as a place in `choices`, `labels` as texts by
   * key.
   */
  readonly kind: 'identity' | 'text' | 'instant' | 'amount' | 'flag' | 'choice' | 'usage' | 'labels';
  /** What `POST /metering` takes, and says in OpenAPI. */
  readonly schema: z.ZodType;
  readonly isRequired?: true;
  /** What stands for a record that does not say. -1 where 0 is something to say; null where there are keys, and none is. */
  readonly absent: '' | 0 | -1 | null;
  /** Where the first is '', it stands for a record that does not say. */
  readonly choices?: readonly string[];
  /** What is said of a value that is not among the choices. */
  readonly unknown?: 'unknownTrigger' | 'unknownSpeed';
  /** What an id names; `record-ids.ts` normalises it. Other texts are compared as sent. */
  readonly idOf?: 'task' | 'user' | 'group' | 'name' | 'fanOut';
  /**
   * `always`: every event has the column. `ifSaid`: only where a row says something. `asCharged`: every event has it,
   * with what was decided. `byKey`: a column for each key that a row has. Left out: the field is checked and not stored.
   */
  readonly stored?: 'always' | 'ifSaid' | 'asCharged' | 'byKey';
  /** Its part in the hash of the content, which stands in the log for ever: no turn is given up or given again. */
  readonly hashed?: ContentPart;
  /** Came after records were stored without it: neither hashed nor shown where it is absent. */
  readonly isLater?: true;
  /** What spend is cut by. */
  readonly dimension?: string;
  /** Corrections carry it, so that views need not look the record up: always, unless it is absent, or each key it has. */
  readonly carried?: 'always' | 'ifSaid' | 'byKey';
}

/**
 * How a field goes into the hash, and when. Those of one `packed` turn are added up, each so many `times`, and mixed in as
 * one word. A group and a cost go in as they were sent, whatever was decided.
 */
export interface ContentPart {
  readonly turn: number;
  readonly as: 'text' | 'number' | 'packed' | 'sentGroup' | 'sentCost';
  readonly times?: number;
}

/** The schema of each field by the name it is sent under. */
type ShapeOf<F extends Pick<MeteringField, 'sentAs' | 'schema'>> = { readonly [E in F as E['sentAs']]: E['schema'] };

export const shapeOf = <F extends Pick<MeteringField, 'sentAs' | 'schema'>>(fields: readonly F[]): ShapeOf<F> => {
  const shape = Object.fromEntries(fields.map(({ sentAs, schema }) => [sentAs, schema]));
  if (!isShapeOf(shape, fields)) throw new TypeError('two fields are sent under one name');
  return shape;
};

const isShapeOf = <F extends Pick<MeteringField, 'sentAs' | 'schema'>>(
  shape: Readonly<Record<string, z.ZodType>>,
  fields: readonly F[],
): shape is ShapeOf<F> => fields.every(({ sentAs, schema }) => shape[sentAs] === schema);

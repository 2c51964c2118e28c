import { parseArgs } from 'node:util';
import { secondsInDay } from 'date-fns/constants';
import { isTimeZone } from '#kernel/calendar.js';
import { readColumnMap, readDefaults } from './column-map.js';
import type { ColumnMap } from './column-map.js';
import type { Completion } from './complete-row.js';
import { WrongUse } from './import-errors.js';
import type { FileFormat } from './read-rows.js';
import type { MeteringEndpoint } from './send-batch.js';
import { formatOf, sourceOf } from './source-file.js';
import { noShift, readTimeShift } from './time-shift.js';
import { wallClockOf } from './wall-clock.js';

/** Everything one import is told. */
export interface ImportOptions {
  readonly file: string;
  readonly format: FileFormat;
  readonly map: ColumnMap;
  readonly completion: Completion;
  readonly service: MeteringEndpoint;
  readonly batchSize: number;
  readonly inFlight: number;
  readonly fromRow: number;
  readonly refusedFile: string | undefined;
  readonly dryRun: boolean;
}

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;
const optionTypes = {
  url: text,
  key: text,
  format: text,
  map: texts,
  default: texts,
  model: text,
  source: text,
  users: text,
  groups: text,
  'tasks-of': text,
  zone: text,
  'shift-to': text,
  'allow-old': flag,
  'from-row': text,
  batch: text,
  'in-flight': text,
  'retry-for': text,
  report: text,
  'dry-run': flag,
  help: flag,
} as const;

/**
 * Reads the arguments of `bursar import`; undefined if help was asked for.
 * @throws WrongUse with a sentence that names the option
 */
export const readOptions = (args: readonly string[], environment: NodeJS.ProcessEnv): ImportOptions | undefined => {
  const { values, positionals } = parsed(args);
  if (values.help === true) return undefined;
  if (positionals.length !== 1) throw new WrongUse('Name one file: bursar import FILE.');
  const [file] = positionals;
  if (values.zone !== undefined && !isTimeZone(values.zone)) {
    throw new WrongUse(`--zone ${values.zone} is no IANA time zone such as Europe/Berlin or UTC.`);
  }
  const wall = wallClockOf(values.zone ?? 'UTC');
  const zoned = values.zone !== undefined;
  const shiftTo = values['shift-to'];
  return {
    file,
    format: formatOf(file, values.format),
    map: readColumnMap(values.map ?? []),
    completion: {
      defaults: readDefaults(values.default ?? [], values.model),
      assignment: {
        source: values.source ?? sourceOf(file),
        users: count('users', values.users, 20, 1, 1_000_000),
        groups: count('groups', values.groups, 0, 1, 100_000),
        rowsPerTask: count('tasks-of', values['tasks-of'], 1, 1, 1_000_000),
      },
      wall: zoned ? wall : undefined,
      shift: shiftTo === undefined ? noShift : readTimeShift(shiftTo, wall, zoned),
    },
    service: {
      url: meteringUrl(values.url ?? environment.BURSAR_URL ?? 'http://127.0.0.1:8080', values['allow-old'] === true),
      key: values.key ?? environment.BURSAR_KEY ?? '',
      retryForMs: count('retry-for', values['retry-for'], 60, 0, secondsInDay) * 1_000,
    },
    batchSize: count('batch', values.batch, 1_000, 1, 10_000),
    inFlight: count('in-flight', values['in-flight'], 4, 1, 16),
    fromRow: count('from-row', values['from-row'], 1, 1, Number.MAX_SAFE_INTEGER),
    refusedFile: values.report,
    dryRun: values['dry-run'] === true,
  };
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true });
  } catch (error) {
    // Node adds a hint about arguments that begin with a dash, which explains less than it asks.
    throw new WrongUse(
      error instanceof Error ? `${error.message.split('. ', 1)[0]}.`.replace('..', '.') : String(error),
    );
  }
};

const count = (name: string, given: string | undefined, standard: number, least: number, most: number): number => {
  if (given === undefined) return standard;
  const value = /^\d{1,16}$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  throw new WrongUse(`--${name} takes a whole number from ${String(least)} to ${String(most)}, not '${given}'.`);
};

const meteringUrl = (given: string, allowOld: boolean): string => {
  const base = URL.canParse(given) ? new URL(given) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new WrongUse(`The address of the service is a URL such as http://127.0.0.1:8080, not '${given}'.`);
  }
  const path = `${base.pathname.replace(/\/+$/, '')}/api/v1/metering`;
  return `${base.origin}${path}${allowOld ? '?allowOld=true' : ''}`;
};

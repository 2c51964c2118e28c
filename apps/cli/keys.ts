import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { roles } from '#access/domain/access.events.js';
import { ConfigError } from '#apps/bursar/config.js';
import { KeysFailed, keyService, type ShownKey } from './keys/key-service.js';

const usage = `Usage: bursar keys list
       bursar keys create --name NAME --role ROLE [--groups A,B] [--source S] [--zero-cost-is-free]
                          [--expires INSTANT] [--reason TEXT]
       bursar keys revoke ID

Manages the API keys of a running service. A new key is written to standard output, alone: it is shown this once.

  --url URL          the service (default BURSAR_URL, else http://127.0.0.1:8080)
  --key KEY          the key of an owner (default BURSAR_KEY)
  --role ROLE        ${roles.join(', ')}
  --groups A,B       the only groups the key reaches (default: all)
  --source S         the source of the records that are metered with it
  --zero-cost-is-free  a reported cost of 0 beside usage is what it cost (default: nobody knew, and it is rated)
  --expires INSTANT  when it stops working, such as 2027-01-01T00:00:00Z (default: never)
  --reason TEXT      why, for the audit

Exit code: 0 done, 1 failed, 2 wrong use.
`;

/** Where a command writes: what scripts read, and what is said to people. */
export interface Outputs {
  readonly output: Pick<Writable, 'write'>;
  readonly notes: Pick<Writable, 'write'>;
}

/**
 * `bursar keys`.
 *
 * @throws ConfigError for wrong use
 */
export const keysCommand = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  { output, notes }: Outputs = { output: process.stdout, notes: process.stderr },
): Promise<number> => {
  const { values, positionals } = parsed(args);
  const [verb, ...rest] = positionals;
  if (values.help) {
    output.write(usage);
    return 0;
  }
  const action = actions.get(verb);
  if (action === undefined || rest.length !== (verb === 'revoke' ? 1 : 0)) throw new ConfigError(usage);
  const key = values.key ?? environment.BURSAR_KEY ?? '';
  if (key === '') throw new ConfigError("Name an owner's key with --key or BURSAR_KEY.");
  const url = values.url ?? environment.BURSAR_URL ?? 'http://127.0.0.1:8080';
  if (!URL.canParse(url)) throw new ConfigError(`--url ${url} is no address such as http://127.0.0.1:8080.`);
  try {
    await action(keyService(url, key), { values, keyId: rest.at(0) ?? '' }, { output, notes });
    return 0;
  } catch (error) {
    if (!(error instanceof KeysFailed)) throw error;
    notes.write(`bursar: ${error.message}\n`);
    return 1;
  }
};

const parsed = (args: readonly string[]) => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    url: text,
    key: text,
    name: text,
    role: text,
    groups: text,
    source: text,
    'zero-cost-is-free': flag,
    expires: text,
    reason: text,
    help: flag,
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
};

interface Asked {
  readonly values: ReturnType<typeof parsed>['values'];
  readonly keyId: string;
}
type Action = (service: ReturnType<typeof keyService>, asked: Asked, outputs: Outputs) => Promise<void>;

const list: Action = async (service, _asked, { output }) => {
  for (const key of await service.list()) output.write(`${line(key)}\n`);
};

const create: Action = async (service, { values }, { output, notes }) => {
  const { name, role, groups, source, expires, reason } = values;
  if (name === undefined || role === undefined) throw new ConfigError(`A key has a --name and a --role.\n\n${usage}`);
  const { key, ...made } = await service.create({
    name,
    role,
    ...(groups !== undefined && { groups: groups.split(',') }),
    ...(source !== undefined && { source }),
    ...(values['zero-cost-is-free'] && { zeroCostIsFree: true }),
    ...(expires !== undefined && { expiresAt: expires }),
    ...(reason !== undefined && { reason }),
  });
  notes.write(`${line(made)}\n`);
  if (key !== null) output.write(`${key}\n`);
};

const revoke: Action = async (service, { keyId }, { output }) => {
  output.write(`${line(await service.revoke(keyId))}\n`);
};

const actions: ReadonlyMap<string, Action> = new Map([
  ['list', list],
  ['create', create],
  ['revoke', revoke],
]);

/** Id, role, what it is for, and its bounds. */
const line = ({ id, role, name, groups, source, zeroCostIsFree, expiresAt, revoked }: ShownKey): string =>
  [
    id,
    role.padEnd(9),
    name,
    ...(groups === null ? [] : [`groups ${groups.join(',')}`]),
    ...(source === null ? [] : [`source ${source}`]),
    ...(zeroCostIsFree ? ['zero cost is free'] : []),
    ...(expiresAt === null ? [] : [`until ${expiresAt}`]),
    ...(revoked ? ['revoked'] : []),
  ].join('  ');

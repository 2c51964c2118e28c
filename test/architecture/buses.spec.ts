import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const controllers = readdirSync('libs', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.controller.ts'))
  .map((entry) => join(entry.parentPath, entry.name));

/** What every controller may be given: the buses, and the time that it stamps commands with. */
const allowed: ReadonlySet<string> = new Set(['CommandBus', 'QueryBus', 'Clock']);

/** What single controllers are given besides, and why. */
const exceptions: Readonly<Record<string, readonly [given: string, because: string][]>> = {
  'alert-stream.controller.ts': [
    ['AlertStream', 'server-sent events are a subscription: no query has one answer that goes on'],
    ['Callers', 'a key may be revoked while the stream is open'],
    ['OpenStreams', 'a stream holds a connection: it is bounded where it is answered'],
  ],
  'prices.controller.ts': [
    [
      'Reratings',
      'a port: the job is begun by a command of metering, which comes after prices and is not to be named here',
    ],
  ],
};

/** The classes that the constructors of a source are given. Decorators and modifiers before a parameter do not count. */
const givenIn = (source: string): readonly string[] =>
  [...source.matchAll(/\bconstructor\(([^{]*)\)\s*\{/g)].flatMap(([, parameters]) =>
    [...parameters.matchAll(/\w+\??:\s*([\w.]+)/g)].map(([, type]) => type),
  );

/** What reads or writes past the buses, in words for who has to move it. */
const pastTheBuses = (file: string, source: string): readonly string[] => {
  const excepted = (exceptions[file] ?? []).map(([given]) => given);
  const faults = givenIn(source)
    .filter((given) => !allowed.has(given) && !excepted.includes(given))
    .map((given) => `${file} injects ${given}: ask the QueryBus, or execute a command on the CommandBus`);
  const fields = /@Inject\(|\binject\(|ModuleRef/.test(source)
    ? [`${file} injects by other means than its constructor`]
    : [];
  return [...faults, ...fields];
};

describe('controllers', () => {
  it('are found, each with what it is given', () => {
    assert.ok(controllers.length >= 14, controllers.join(', '));
    for (const path of controllers) assert.ok(givenIn(readFileSync(path, 'utf8')).length > 0, path);
  });

  it.each(controllers)('read and write over the buses alone: %s', (path) => {
    assert.deepEqual(pastTheBuses(path.split(/[/\\]/).at(-1) ?? path, readFileSync(path, 'utf8')), []);
  });

  it('need every exception that is made for them', () => {
    const unused = Object.entries(exceptions).flatMap(([file, given]) => {
      const path = controllers.find((one) => one.endsWith(file));
      const names = path === undefined ? [] : givenIn(readFileSync(path, 'utf8'));
      return given.filter(([name]) => !names.includes(name)).map(([name]) => `${file}: ${name}`);
    });
    assert.deepEqual(unused, []);
  });

  const planted: readonly (readonly [given: string, source: string])[] = [
    ['CapsView', 'constructor(private readonly caps: CapsView) {}'],
    [
      'Commands',
      'constructor(\n    private readonly bus: CommandBus,\n    private readonly commands: Commands,\n  ) {}',
    ],
    ['EventLog', 'constructor(readonly log: EventLog) {\n    super();\n  }'],
    ['CapQueries', 'constructor(private readonly queries: QueryBus, private readonly caps: CapQueries) {}'],
    ['AlertStream', 'constructor(private readonly alerts: AlertStream) {}'],
  ];
  it.each(planted)('are found at fault with %s', (given, source) => {
    assert.deepEqual(pastTheBuses('caps.controller.ts', source), [
      `caps.controller.ts injects ${given}: ask the QueryBus, or execute a command on the CommandBus`,
    ]);
  });

  it('are found at fault with what they are given elsewhere', () => {
    const found = pastTheBuses(
      'caps.controller.ts',
      'constructor(bus: QueryBus) {}\n  @Inject(CapsView) caps!: CapsView;',
    );
    assert.deepEqual(found, ['caps.controller.ts injects by other means than its constructor']);
  });
});

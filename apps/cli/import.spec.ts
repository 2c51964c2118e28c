import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeteringStandIn } from '#test/support/metering-stand-in.js';
import { importCommand } from './import.js';

const folder = mkdtempSync(join(tmpdir(), 'bursar-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

let service: Awaited<ReturnType<typeof startMeteringStandIn>>;
beforeEach(async () => {
  service = await startMeteringStandIn();
});
afterEach(() => service.stop());

/** Runs the command against the stand-in, with a terminal that can be interrupted. */
const importing = async (...args: readonly string[]) => {
  const said = { out: '', error: '', code: -1 };
  const listeners: (() => void)[] = [];
  service.hooks.onServed = () => {
    if (args.includes('--interrupt')) listeners.splice(0).forEach((listener) => listener());
  };
  const terminal = {
    out: (text: string) => void (said.out += text),
    error: (text: string) => void (said.error += text),
    redraws: false,
    onInterrupt: (listener: () => void) => {
      listeners.push(listener);
      return () => void listeners.splice(0);
    },
  };
  const given = args.filter((arg) => arg !== '--interrupt');
  said.code = await importCommand(given, { BURSAR_KEY: 'the-key', BURSAR_URL: service.url }, terminal);
  return said;
};

const counted = (report: string, name: string): number =>
  Number(new RegExp(`${name} +(\\d+)`).exec(report)?.[1] ?? NaN);
const countsOf = (report: string) =>
  ['rows read', 'accepted', 'duplicates', 'refused'].map((name) => counted(report, name));

const azureMap = 'occurredAt=TIMESTAMP,usage.inputTokens=ContextTokens,usage.outputTokens=GeneratedTokens';
const azure = (rows: number): string =>
  ['TIMESTAMP,ContextTokens,GeneratedTokens']
    .concat(
      Array.from(
        { length: rows },
        (_, i) => `2023-11-16 18:17:${String(i % 60).padStart(2, '0')}.9799600,${String(i)},7`,
      ),
    )
    .join('\r\n');

describe('an import of CSV', () => {
  it('maps columns, names the zone and reads CRLF without a last line end', async () => {
    const file = written('trace.csv', azure(3));
    const { code, out } = await importing(file, '--map', azureMap, '--zone', 'UTC', '--model', 'claude-haiku-4-5');
    assert.equal(code, 0, out);
    assert.deepEqual(countsOf(out), [3, 3, 0, 0]);
    const [, , third] = service.rows();
    assert.equal(third.occurredAtMs, Date.UTC(2023, 10, 16, 18, 17, 2, 979));
    assert.deepEqual([third.source, third.id, third.taskId], ['trace', 'trace:3', 'trace:task-3']);
    assert.deepEqual([third.inputTokens, third.outputTokens, third.model], [2, 7, 'claude-haiku-4-5']);
    assert.equal(service.requests[0].authorization, 'Bearer the-key');
  });

  it('takes columns named like fields, a byte order mark, quoted cells and empty cells', async () => {
    const text = [
      '\ufeffid,taskId,userId,occurredAt,"costMicros",batch,inputTokens,Note',
      'a,"t, ""1""",u-ana,2023-11-16T18:17:03Z,18250,true,,"two\r\nlines"',
      'b,t2,u-ben,2023-11-16 19:17:03+01:00,,,12,',
    ].join('\r\n');
    const { code, out } = await importing(written('named.csv', `${text}\r\n\r\n`), '--source', 'cowork');
    assert.equal(code, 0, out);
    const [first, second] = service.rows();
    assert.deepEqual([first.source, first.id, first.taskId, first.userId], ['cowork', 'a', 't, "1"', 'u-ana']);
    assert.deepEqual([first.costMicros, first.batch, first.hasUsage], [18250, 1, 0]);
    assert.deepEqual([second.costMicros, second.inputTokens], [-1, 12]);
    assert.equal(first.occurredAtMs, second.occurredAtMs);
    assert.match(out, /ignored +Note/);
  });

  it('refuses what is no amount, no time or too short a row, names the rows and takes the others', async () => {
    const text =
      'occurredAt,inputTokens\n2023-11-16T18:17:03Z,1.5\n2023-11-16T18:17:03Z\nlater,1\n2023-11-16T18:17:03Z,-1\n2023-11-16T18:17:03Z,9\n';
    const reportFile = join(folder, 'refused.jsonl');
    const { code, out } = await importing(written('bad.csv', text), '--report', reportFile);
    assert.equal(code, 1);
    assert.deepEqual(countsOf(out), [5, 1, 0, 4]);
    assert.equal(counted(out, 'input tokens'), 9);
    assert.match(out, /row 1 \(bad:1\): usage.inputTokens must be a number/);
    assert.match(out, /row 2: The row has 1 cells, the header has 2/);
    const refused = readFileSync(reportFile, 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const codes = new Map(
      refused.map((one) => one as { row: number; code: string }).map(({ row, code }) => [row, code]),
    );
    assert.deepEqual([...codes].sort(), [
      [1, 'wrongType'],
      [2, 'wrongColumnCount'],
      [3, 'notATime'],
      [4, 'negativeAmount'],
    ]);
  });

  it('takes true and false as JSON writes them, and no negative 0', async () => {
    const rows = ['true,1', 'false,0', 'TRUE,1', 'False,1', '1,1', 'true,-0', 'true,-00', 'true,+0'];
    const text = ['batch,inputTokens', ...rows].join('\n');
    const at = ['--default', 'occurredAt=2023-11-16T18:17:03Z'];
    const { code, out } = await importing(written('flags.csv', text), ...at);
    assert.equal(code, 1);
    assert.deepEqual(countsOf(out), [8, 2, 0, 6]);
    assert.match(out, /row 3 \(flags:3\): batch must be true or false/);
    assert.deepEqual(
      service.rows().map(({ batch, inputTokens }) => [batch, inputTokens]),
      [
        [1, 1],
        [0, 0],
      ],
    );
  });

  it('gives the same records in every run: the second time all are duplicates and the sums are the same', async () => {
    const args = [
      written('again.csv', azure(2_500)),
      '--map',
      azureMap,
      '--zone',
      'UTC',
      '--groups',
      '3',
      '--batch',
      '300',
    ];
    const first = await importing(...args);
    const second = await importing(...args);
    assert.deepEqual(countsOf(first.out), [2_500, 2_500, 0, 0]);
    assert.deepEqual(countsOf(second.out), [2_500, 0, 2_500, 0]);
    for (const sum of ['input tokens', 'output tokens']) {
      assert.equal(counted(first.out, sum), counted(second.out, sum));
    }
    assert.equal(counted(first.out, 'input tokens'), (2_500 * 2_499) / 2);
  });

  it('spreads rows without user over users, and users over groups', async () => {
    await importing(written('spread.csv', azure(600)), '--map', azureMap, '--zone', 'UTC', '--groups', '4');
    const groupOfUser = new Map<string, string>();
    for (const { userId, groupId } of service.rows()) {
      assert.equal(groupOfUser.get(userId) ?? groupId, groupId);
      groupOfUser.set(userId, groupId);
    }
    assert.equal(groupOfUser.size, 20);
    assert.deepEqual([...new Set(groupOfUser.values())].sort(), ['group-1', 'group-2', 'group-3', 'group-4']);
  });

  it('moves the file so that the first row happens at an instant, also when it starts further down', async () => {
    const file = written('moved.csv', azure(4));
    const args = [file, '--map', azureMap, '--zone', 'UTC', '--shift-to', '2026-11-20T09:00:00.000+01:00'];
    await importing(...args, '--from-row', '3');
    assert.deepEqual(
      service.rows().map(({ id, occurredAtMs }) => [id, occurredAtMs - Date.UTC(2026, 10, 20, 8)]),
      [
        ['moved:3', 2_000],
        ['moved:4', 3_000],
      ],
    );
    const whole = await importing(...args);
    assert.deepEqual(countsOf(whole.out), [4, 2, 2, 0]);
  });
});

describe('an import of JSON lines', () => {
  const record = { id: 'r1', taskId: 't', userId: 'u', occurredAt: '2023-11-16T18:17:03Z', usage: { inputTokens: 3 } };

  it('takes records as they are and lets the service refuse unknown keys', async () => {
    const lines = [
      JSON.stringify(record),
      '',
      '{broken',
      '[1]',
      JSON.stringify({ ...record, id: 'r2\u2028', extra: 1 }),
    ];
    const { code, out } = await importing(written('records.jsonl', `\ufeff${lines.join('\r\n')}`));
    assert.equal(code, 1);
    assert.deepEqual(countsOf(out), [4, 1, 0, 3]);
    assert.match(out, /rowNotJson: 1\n +row 2/);
    assert.match(out, /recordNotObject: 1\n +row 3/);
    assert.match(out, /unknownField: 1\n +row 4/);
  });

  it('maps keys, also inner ones, and ignores the others', async () => {
    const line = JSON.stringify({
      when: '2023-11-16T18:17:03Z',
      request: 17,
      tokens: { prompt: 5, completion: 6 },
      text: 'x',
      userId: 'u',
    });
    const map = 'occurredAt=when,id=request,usage.inputTokens=tokens.prompt,usage.outputTokens=tokens.completion';
    const { code, out } = await importing(
      written('foreign.log', line),
      '--format',
      'jsonl',
      '--map',
      map,
      '--default',
      'skill=triage',
    );
    assert.equal(code, 0, out);
    const [row] = service.rows();
    assert.deepEqual([row.id, row.inputTokens, row.outputTokens, row.userId, row.skill], ['17', 5, 6, 'u', 'triage']);
    assert.match(out, /ignored +text\n/);
  });
});

describe('an import that meets trouble', () => {
  const args = (name: string, rows: number) => [
    written(name, azure(rows)),
    '--map',
    azureMap,
    '--zone',
    'UTC',
    '--batch',
    '100',
  ];

  it('waits as long as a busy service asks, and sends the same again', async () => {
    service.interferences.push(
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 503, headers: { 'retry-after': '0' } },
      'hangUp',
    );
    const { code, out } = await importing(...args('busy.csv', 150));
    assert.equal(code, 0, out);
    assert.deepEqual(countsOf(out), [150, 150, 0, 0]);
    assert.equal(service.requests.length, 5);
  });

  it('gives up when the service goes away, says how to go on, and goes on without counting twice', async () => {
    const input = args('resumed.csv', 1_000);
    const first = importing(...input, '--in-flight', '1', '--retry-for', '0');
    let served = 0;
    service.hooks.onServed = () => {
      served++;
      if (served === 4) service.interferences.push('hangUp');
    };
    const { code, error, out } = await first;
    assert.equal(code, 1);
    assert.deepEqual(countsOf(out).slice(1), [400, 0, 0]);
    assert.match(error, /The service went away/);
    assert.match(error, /npm run bursar -- import \S+resumed.csv .*--zone UTC .*--from-row 401\n/);
    assert.deepEqual(countsOf((await importing(...input)).out), [1_000, 600, 400, 0]);
  });

  it('finishes what is under way on Ctrl-C, and goes on from there', async () => {
    const input = args('stopped.csv', 1_000);
    const { code, error, out } = await importing(...input, '--in-flight', '2', '--interrupt');
    assert.equal(code, 1);
    const next = Number(/--from-row (\d+)/.exec(error)?.[1]);
    assert.equal(service.rows().length, next - 1);
    assert.ok(next > 1 && next < 1_000, out);
    const rest = await importing(...input, '--from-row', String(next));
    assert.deepEqual(countsOf(rest.out), [1_001 - next, 1_001 - next, 0, 0]);
    assert.equal(service.rows().length, 1_000);
  });

  it('passes --allow-old on, and explains when the key may not', async () => {
    service.interferences.push({ status: 403, body: { code: 'roleMissing', detail: 'The key may not do this.' } });
    const { code, error } = await importing(...args('old.csv', 10), '--allow-old');
    assert.equal(code, 1);
    assert.match(error, /403, roleMissing.*--allow-old needs an owner key/);
    assert.equal(service.requests[0].url, '/api/v1/metering?allowOld=true');
  });

  const latin1 = Buffer.from([0xe9]);
  const unreadable: readonly (readonly [string, string, Buffer, RegExp])[] = [
    ['CSV that is not UTF-8', 'latin1.csv', Buffer.concat([Buffer.from('userId\nAndr'), latin1]), /is not UTF-8/],
    ['lines that are not UTF-8', 'latin1.jsonl', Buffer.concat([Buffer.from('{"userId":"'), latin1]), /is not UTF-8/],
    ['a quote that nobody closes', 'long.csv', Buffer.from(`id\n"${'x'.repeat(2 ** 24 + 9)}`), /Max Record Size/],
  ];
  for (const [what, name, bytes, sentence] of unreadable) {
    it(`does not guess at ${what}: exit code 1, and nothing is sent`, async () => {
      const { code, error } = await importing(written(name, bytes));
      assert.match(error, sentence);
      assert.deepEqual([code, service.requests.length], [1, 0]);
    });
  }

  it('says how to start a service that is not there', async () => {
    await service.stop();
    const { code, error } = await importing(...args('nobody.csv', 10));
    assert.equal(code, 1);
    assert.match(error, /Nothing answers at http:\/\/127.0.0.1:\d+ \(ECONNREFUSED\).*npm start/);
  });
});

describe('wrong use', () => {
  const file = () => written('wrong.csv', azure(3));
  const cases: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ['no file', () => [], /Name one file/],
    ['a file that is not there', () => [join(folder, 'none.csv')], /There is no file/],
    ['a directory', () => [folder, '--format', 'csv'], /is a directory/],
    ['an empty file', () => [written('empty.csv', '')], /The file is empty/],
    ['an ending that says nothing', () => [written('what.txt', 'x')], /--format csv or --format jsonl/],
    ['a format that is none', () => [file(), '--format', 'constructor'], /--format is csv or jsonl/],
    ['a file below a file', () => [join(file(), 'x.csv')], /cannot be read \(ENOTDIR/],
    ['an unknown option', () => [file(), '--modell', 'x'], /--modell/],
    ['no such column', () => [file(), '--map', 'occurredAt=TIME'], /no column 'TIME'. The file has 'TIMESTAMP'/],
    ['no such field', () => [file(), '--map', 'when=TIMESTAMP'], /no field 'when'/],
    ['no column of use', () => [file()], /use --map/],
    ['no such zone', () => [file(), '--zone', 'Europe/Atlantis'], /no IANA time zone/],
    [
      'a time without zone',
      () => [file(), '--map', azureMap],
      /Row 1: the time '2023-11-16 18:17:00.9799600' has no zone/,
    ],
    ['a shift to nowhere', () => [file(), '--shift-to', 'tomorrow'], /--shift-to takes a day/],
    ['an address that is none', () => [file(), '--url', 'localhost'], /is a URL/],
    ['a number that is none', () => [file(), '--users', '0'], /--users takes a whole number from 1/],
    ['no key', () => [file(), '--key', ''], /BURSAR_KEY/],
    ['one id for all', () => [file(), '--default', 'id=x'], /--default id/],
    ['a report that cannot be written', () => [file(), '--report', join(folder, 'no', 'x')], /--report: cannot write/],
  ];
  for (const [name, args, sentence] of cases) {
    it(`${name}: exit code 2 and a sentence`, async () => {
      const { code, error, out } = await importing(...args());
      assert.match(error, sentence);
      assert.deepEqual([code, out, service.requests.length], [2, '', 0]);
    });
  }

  it('--dry-run shows the first records and sends nothing', async () => {
    const { code, out } = await importing(file(), '--map', azureMap, '--zone', 'Europe/Berlin', '--dry-run');
    assert.equal(code, 0);
    assert.match(out, /"occurredAt": "2023-11-16T17:17:00.979Z"/);
    assert.equal(service.requests.length, 0);
  });

  it('--help explains', async () => {
    assert.match((await importing('--help')).out, /Usage: bursar import FILE/);
  });
});

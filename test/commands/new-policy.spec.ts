import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isLong } from '#test/support/runs.js';

const root = process.cwd();
/** What a clone has not, and what is too big to be copied. */
const left = new Set(['.git', 'node_modules', 'data', 'data-demo']);

/** The files of the template: a path in backticks at the beginning of a line, and the next block of code. */
const template = (): readonly (readonly [path: string, text: string])[] =>
  [
    ...readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(
      /^`(libs[/]sample[/][^`]+)`[^]*?\n```\w+\n([^]*?)\n```$/gm,
    ),
  ].map(([, path, text]) => [path, `${text}\n`]);

/** Puts a line of code before another, and the import that it needs before the first. */
const insert = (text: string, line: string, before: RegExp, imported: string): string => {
  const place = text.search(before);
  assert.notEqual(place, -1, `nothing matches ${String(before)}`);
  return `${imported}\n${text.slice(0, place)}${line}\n${text.slice(place)}`;
};

describe('the template of a policy in docs/architecture.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-policy-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const edit = (path: string, change: (text: string) => string): void => {
    writeFileSync(join(directory, path), change(readFileSync(join(directory, path), 'utf8')));
  };
  const run = (command: string, ...args: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
    assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  };

  it('becomes a capability by its files and a line in each list that names it', () => {
    for (const entry of readdirSync(root)) {
      if (left.has(entry)) continue;
      cpSync(join(root, entry), join(directory, entry), { recursive: true, preserveTimestamps: true });
    }
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir');
    const files = template();
    assert.ok(files.length > 10, 'the template has lost its files');
    for (const [path, text] of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    edit('apps/bursar/bursar.module.ts', (text) =>
      insert(
        text,
        '        SampleModule,',
        /^ +AuditModule,$/m,
        "import { SampleModule } from '#sample/sample.module.js';",
      ),
    );
    edit('apps/bursar/bursar.views.ts', (text) =>
      insert(
        text,
        '    welcomes: new WelcomesView(),',
        /^ +corrections: /m,
        "import { WelcomesView } from '#sample/domain/welcomes.view.js';",
      ),
    );
    edit('nest-cli.json', (text) => {
      const nest = JSON.parse(text) as { projects: Record<string, object> };
      const compilerOptions = { tsConfigPath: 'libs/tsconfig.lib.json' };
      nest.projects.sample = { type: 'library', root: 'libs/sample', sourceRoot: 'libs/sample', compilerOptions };
      return `${JSON.stringify(nest, null, 2)}\n`;
    });
    run('npm', 'run', 'flows');
  });

  if (isLong) {
    it('passes npm run check', () => {
      run('npm', 'run', 'check');
    });
  } else {
    // What the rest of the project is checked for cannot change by it, and takes minutes.
    it('passes what npm run check asks of it and of the project as a whole', () => {
      const touched = ['libs/sample', 'apps/bursar'];
      run('npx', 'prettier', '--check', ...touched, 'nest-cli.json', 'docs/flows.md');
      run('npx', 'eslint', '--max-warnings', '0', ...touched);
      for (const check of ['types', 'layers', 'dead']) run('npm', 'run', `check:${check}`);
    });
  }

  it('passes its own specs and those of the architecture', () => {
    run(
      'npm',
      'test',
      '--',
      'libs/sample',
      'test/architecture/(names|modules|flows|nest-cli|codes)',
      '--selectProjects',
      'UTC',
    );
  });
});

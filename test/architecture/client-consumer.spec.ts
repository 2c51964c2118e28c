import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();

/** What `strict` leaves out. The sources of the client are its types: whoever imports it checks them by rules of their own. */
const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
};

const scheduler = `
import { BursarError } from 'bursar/client/bursar-error.js';
import { type Bursar, createBursar } from 'bursar/client/bursar.js';
import type { FanOutResult } from 'bursar/client/fan-out-options.js';

const bursar: Bursar = createBursar({ url: 'http://127.0.0.1:8080', key: 'key' });
const work = { groupId: 'eng', userId: 'u-ana', taskId: 't-1', items: ['one', 'two'] };

export const lengths = (): Promise<FanOutResult<number>> =>
  bursar.fanOut(work, async (item) => ({ result: item.length }));
export const codeOf = (error: unknown): string => (error instanceof BursarError ? error.code : 'unknown');
`;

describe('a scheduler in a project of its own, with the client as a package', () => {
  const projects = {
    'of Node.js': { module: 'nodenext', types: ['node'] },
    'for a bundler, with the types of a browser': {
      ...{ module: 'esnext', moduleResolution: 'bundler' },
      ...{ lib: ['es2022', 'dom'], types: [] },
    },
  };
  for (const [kind, settings] of Object.entries(projects)) {
    it(`compiles by the strictest rules: ${kind}`, () => {
      assert.deepEqual(compiled(settings), { status: 0, stdout: '' });
    });
  }
});

/** What the compiler says of a project that has this package installed. */
const compiled = (settings: object) => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-client-'));
  const typeRoots = [join(root, 'node_modules/@types')];
  const compilerOptions = { ...strictest, target: 'es2022', noEmit: true, typeRoots, ...settings };
  try {
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(root, join(directory, 'node_modules/bursar'));
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['scheduler.ts'] }));
    writeFileSync(join(directory, 'scheduler.ts'), scheduler);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc], { cwd: directory, encoding: 'utf8' });
    return { status, stdout };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

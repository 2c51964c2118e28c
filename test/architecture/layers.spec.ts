import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type House, plantedViolations, soil, soundHouse } from './planted-violations.js';

const root = process.cwd();

describe('the direction of imports', () => {
  it('lets a house pass in which every import is allowed', () => {
    assert.deepEqual(violationsIn(soundHouse), []);
  });

  it('has a planted violation for every rule, and a rule for every planted violation', async () => {
    assert.deepEqual((await ruleNames()).toSorted(), Object.keys(plantedViolations).toSorted());
  });

  describe('in a house with every planted violation', () => {
    let violations: readonly Violation[] = [];
    beforeAll(() => {
      violations = violationsIn(Object.assign({}, soundHouse, soil, ...Object.values(plantedViolations)) as House);
    });

    for (const [rule, files] of Object.entries(plantedViolations)) {
      for (const [path, source] of Object.entries(files)) {
        it(`${rule}: notices ${source.split('\n')[0]} in ${path}`, () => {
          const broken = violations.filter(({ from }) => from === path).map((violation) => violation.rule.name);
          assert.deepEqual(broken, [rule]);
        });
      }
    }
  });
});

/** An import from a file that breaks a rule. */
interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** Builds the house in a directory of its own and asks the checker with this project's rules. */
const violationsIn = (house: House): readonly Violation[] => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-layers-'));
  try {
    for (const path of ['.dependency-cruiser.mjs', 'package.json', 'scripts/check/aliases.mjs']) {
      cpSync(join(root, path), join(directory, path));
    }
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir');
    // The order is that of the service, whose modules are not there.
    const order = `export * from '${pathToFileURL(join(root, 'scripts/check/house.mjs')).href}';`;
    for (const [path, source] of Object.entries({ ...house, 'scripts/check/house.mjs': order })) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), `${source}\n`);
    }
    return askChecker(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const askChecker = (directory: string): readonly Violation[] => {
  const checker = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [checker, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'apps', 'libs', 'test'],
    { cwd: directory, encoding: 'utf8' },
  );
  assert.notEqual(stdout, '', `dependency-cruiser did not report: ${stderr}`);
  const report = JSON.parse(stdout) as { summary: { violations: readonly Violation[] } };
  return report.summary.violations;
};

const ruleNames = async (): Promise<readonly string[]> => {
  const config = (await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href)) as {
    default: { forbidden: readonly { readonly name: string }[] };
  };
  return config.default.forbidden.map(({ name }) => name);
};

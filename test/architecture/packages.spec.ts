import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { z } from 'zod';

const read = (path: string): string => readFileSync(join(process.cwd(), path), 'utf8');

const installed = z.object({
  version: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  engines: z.object({ node: z.string().optional() }).optional(),
});
const lock = z.object({ packages: z.record(z.string(), installed) });
const manifest = z.object({ engines: z.object({ node: z.string() }) });

const { '': ours, ...theirs } = lock.parse(JSON.parse(read('package-lock.json'))).packages;
const packages = Object.entries(theirs).map(([path, entry]) => ({
  name: path.replace(/^.*node_modules\//, ''),
  ...entry,
}));
const { engines } = manifest.parse(JSON.parse(read('package.json')));
/** `^20.19.0 || >=24.0.0`: 20.19.0 and 24.0.0. */
const oldest = engines.node.match(/\d+[.]\d+[.]\d+/g) ?? [];

describe('what npm installs', () => {
  for (const version of oldest) {
    it(`accepts Node.js ${version}, so that nobody is warned`, () => {
      const refusing = packages.filter((each) => !semver.satisfies(version, each.engines?.node ?? '*'));
      assert.deepEqual(refusing, []);
    });
  }

  it('is for the Node.js that the README names and that package-lock.json has', () => {
    assert.equal(ours.engines?.node, engines.node);
    const floors = oldest.map((version) => version.replace(/[.]0$/, '').replace(/[.]0$/, ''));
    assert.match(read('README.md'), new RegExp(`You need Node[.]js ${floors.join(', ')} or later`));
  });

  it('is tried on the oldest Node.js of the README', () => {
    assert.match(read('.ci/node-versions'), new RegExp(`^oldest=${String(oldest.at(0))}$`, 'm'));
    assert.match(read('.ci/run'), /^[.]ci\/node-versions$/m);
  });

  // Each only looks for a binary that came as a package, or prints a hint. Whoever adds one to this list has read it.
  it('has few install scripts, each known', () => {
    const scripts = packages.filter((each) => each.hasInstallScript === true).map(({ name }) => name);
    assert.deepEqual([...new Set(scripts)].sort(), ['@parcel/watcher', 'lmdb', 'msgpackr-extract', 'protobufjs']);
  });

  it('has no package that reports on its users', () => {
    const scarf = packages.find(({ name }) => name === '@scarf/scarf');
    assert.equal(scarf?.version, '1.0.0', 'an empty package in its place: see overrides in package.json');
  });
});

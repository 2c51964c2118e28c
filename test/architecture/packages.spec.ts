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
/** The first Node.js of each line: `^20.19.0 || >=24.0.0` is 20.19.0 and 24.0.0. */
const firsts = engines.node.match(/\d+[.]\d+[.]\d+/g) ?? [];

describe('what npm installs', () => {
  for (const version of firsts) {
    it(`accepts Node.js ${version}, so that nobody is warned`, () => {
      const refusing = packages.filter((each) => !semver.satisfies(version, each.engines?.node ?? '*'));
      assert.deepEqual(refusing, []);
    });
  }

  it('is for the Node.js that the README names and that package-lock.json has', () => {
    assert.equal(ours.engines?.node, engines.node);
    const names = firsts.map((version) => version.replace(/[.]0$/, '').replace(/[.]0$/, ''));
    assert.match(read('README.md'), new RegExp(`You need Node[.]js ${names.join(', ')} or later`));
  });

  it('is tried on each Node.js that is the first of its line', () => {
    assert.match(read('.ci/node-versions'), new RegExp(`^firsts=[(]${firsts.join(' ')}[)]$`, 'm'));
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

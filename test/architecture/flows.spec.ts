import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

describe('docs/flows.md', () => {
  it('says what the views handle now', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/flows.mjs', '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});

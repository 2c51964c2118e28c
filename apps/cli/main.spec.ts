import assert from 'node:assert/strict';
import { run } from './main.js';

describe('bursar', () => {
  for (const name of ['no-such-command', 'constructor', 'toString', '__proto__']) {
    it(`has no command ${name}: exit code 2`, async () => {
      assert.equal(await run([name]), 2);
    });
  }
});

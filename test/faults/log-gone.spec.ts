import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { apiOf, recordWith } from '#test/support/api.js';
import { endedStart } from '#test/support/ended-start.js';
import { startService, withDirectory } from '#test/support/service.js';

describe('a start where the log is gone', () => {
  it('begins no new one, in which everything metered before would count again, until the views are removed too', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      await apiOf(service).meter([recordWith()]);
      await service.stop();
      await rm(join(directory, 'log'), { recursive: true });
      const { status, stderr } = await endedStart(directory);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /bursar: The log is empty, but views\/ was made from one with \d+ events/);
      for (const folder of ['views', 'index']) await rm(join(directory, folder), { recursive: true });
      await (await startService({ directory })).stop();
    }));
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Api, apiOf, recordWith } from '#test/support/api.js';
import { type FreshService, startOnFreshDirectory } from '#test/support/service.js';

const example = fileURLToPath(new URL('../../examples/nightly-triage.js', import.meta.url));

describe('the example of docs/schedulers.md', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.meter(recordWith({ groupId: 'support', costMicros: 1 }));
  });
  afterAll(() => service.dispose());

  const run = () =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const environment = { ...process.env, BURSAR_URL: service.url, BURSAR_KEY: service.ownerKey };
      execFile(process.execPath, [example], { env: environment }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
      });
    });

  it('runs, and says what the page says', async () => {
    assert.deepEqual(await run(), {
      code: 0,
      output: [
        'Granted: 4 at once.',
        '11 of 12 are done; the fan-out is finished.',
        '  ticket-7 failed: Error: the ticket was deleted',
        '11 costs are metered, 0 are not; released: true.',
        '',
      ].join('\n'),
    });
    assert.equal((await api.spend('by=group&group=support')).totalMicros, 11 * 18_250 + 1);
  });

  it('is denied when the group may ask for fewer items, and says why', async () => {
    await api.put('/groups/support/limits', { maxItemsPerFanOut: 10 });
    assert.deepEqual(await run(), {
      code: 1,
      output: 'Denied:\n  itemsPerFanOut (fanOut, 0 of 10 in use, 12 asked for)\n',
    });
  });
});

import { apiOf } from '#test/support/api.js';
import { fanOutWith } from '#test/support/fan-outs.js';

/** A scheduler in a process of its own, which is killed whenever it pleases the test: it asks, and gives nothing back. */
const [, , url, ownerKey, name] = process.argv;
const api = apiOf({ url, ownerKey });
for (let time = 0; ; time++) {
  const requestId = `${name}-${String(time)}`;
  await api.post('/fan-outs', fanOutWith({ requestId, taskId: requestId, items: 2, leaseSeconds: 2 }));
  process.stdout.write('asked\n');
}

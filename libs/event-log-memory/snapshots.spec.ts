import { snapshotsContract } from '#test/contracts/snapshots.contract.js';
import { MemorySnapshots } from './snapshots.js';

snapshotsContract('in memory', async () => {
  const snapshots = new MemorySnapshots();
  return { snapshots, dispose: () => snapshots.close() };
});

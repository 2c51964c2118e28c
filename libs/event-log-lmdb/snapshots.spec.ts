import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SnapshotDamaged } from '#event-sourcing/ports/snapshots.js';
import { snapshotsContract } from '#test/contracts/snapshots.contract.js';
import { EmbeddedSnapshots } from './snapshots.js';

const newDirectory = () => mkdtempSync(join(tmpdir(), 'bursar-views-'));

snapshotsContract('embedded', async () => {
  const directory = newDirectory();
  let snapshots = await EmbeddedSnapshots.open({ directory });
  return {
    snapshots,
    reopen: async () => {
      await snapshots.close();
      snapshots = await EmbeddedSnapshots.open({ directory });
      return snapshots;
    },
    dispose: async () => {
      await snapshots.close();
      rmSync(directory, { recursive: true });
    },
  };
});

describe('snapshots on a disk', () => {
  let directory: string;
  const part = Buffer.from('a part that can be found in the file');
  beforeEach(async () => {
    directory = newDirectory();
    const snapshots = await EmbeddedSnapshots.open({ directory });
    await snapshots.save(7, [
      ['good', Buffer.alloc(9000, 1)],
      ['bad', part],
    ]);
    await snapshots.close();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('notice a part that was changed, and can be cleared', async () => {
    const file = join(directory, 'data.mdb');
    const changed = readFileSync(file);
    for (let at = changed.indexOf(part); at >= 0; at = changed.indexOf(part, at + 1)) changed[at] ^= 1;
    writeFileSync(file, changed);
    const snapshots = await EmbeddedSnapshots.open({ directory });
    assert.throws(() => snapshots.get('bad'), SnapshotDamaged);
    assert.equal(snapshots.get('good')?.length, 9000);
    await snapshots.clear();
    assert.equal(snapshots.position(), undefined);
    await snapshots.close();
  });

  it('begin anew when their file was cut off, and say so to a reader', async () => {
    truncateSync(join(directory, 'data.mdb'), 12_288);
    await assert.rejects(EmbeddedSnapshots.read(directory, directory), SnapshotDamaged);
    const snapshots = await EmbeddedSnapshots.open({ directory });
    assert.equal(snapshots.position(), undefined);
    await snapshots.save(8, [['good', part]]);
    assert.equal(snapshots.position(), 8);
    await snapshots.close();
  });

  it('show a reader one snapshot, whatever is saved beside it', async () => {
    const snapshots = await EmbeddedSnapshots.open({ directory });
    const reader = await EmbeddedSnapshots.read(directory, directory);
    assert.ok(reader !== undefined);
    await snapshots.save(8, [
      ['bad', Buffer.from('other')],
      ['more', part],
    ]);
    assert.deepEqual(
      [reader.position(), reader.get('bad')?.length, reader.keys('')],
      [7, part.length, ['bad', 'good']],
    );
    await reader.close();
    await snapshots.close();
  });
});

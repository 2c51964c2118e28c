import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fingerprintWords } from '#kernel/fingerprint.js';
import { runs } from '#test/support/runs.js';
import { identityKey, identityKeys, keySeeds, rememberIdentityKeys } from '../domain/identity.js';
import { emptyRow } from '../domain/record-row.js';
import { openBatch } from './open-batch.js';
import { pendingRequest } from './pending-request.js';

const charged = { groupId: 'eng', attribution: 0, costMicros: 1, rating: 0, priceVersion: '' };
const identities = fc.array(
  fc.record({ source: fc.constantFrom('a', 'b'), id: fc.string({ minLength: 1, maxLength: 12 }) }),
  { minLength: 1, maxLength: 60 },
);

const ignore = (): void => undefined;

const batchOf = (records: readonly { readonly source: string; readonly id: string }[]) => {
  const batch = openBatch('apiKey:test', 0);
  const request = pendingRequest(0, ignore, ignore);
  const key = new Uint32Array(fingerprintWords);
  records.forEach(({ source, id }, index) => {
    identityKey(keySeeds.identity, source, id, key, 0);
    batch.push(request, index, Object.assign(emptyRow(), { source, id, taskId: 't', userId: 'u' }), charged, key);
  });
  return batch;
};

describe('an open batch', () => {
  it('hands on the keys of its identities: they are those of its columns', () => {
    fc.assert(
      fc.property(identities, (records) => {
        const columns = batchOf(records).columns();
        const [handedOn, computed] = [0, 0].map(() => new Uint32Array(records.length * fingerprintWords));
        identityKeys(columns, handedOn);
        // Columns that were read from a log are others.
        identityKeys({ ...columns }, computed);
        assert.deepEqual(handedOn, computed);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('has them hashed once in its process', () => {
    const columns = batchOf([{ source: 'a', id: '1' }]).columns();
    const keys = new Uint32Array(fingerprintWords).fill(7);
    rememberIdentityKeys(columns, keys);
    const found = new Uint32Array(fingerprintWords);
    identityKeys(columns, found);
    assert.deepEqual(found, keys);
  });
});

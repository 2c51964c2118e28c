import assert from 'node:assert/strict';
import { binaryEvent } from '@eventstore/db-client';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { withProcesses } from '#test/eventstore/processes.js';
import { connector } from './client.js';
import { EventStoreEventLog } from './event-log.js';
import { withTimeout } from './with-timeout.js';

const refused: readonly [connectionString: string, why: RegExp][] = [
  ['', /expected esdb:/],
  ['http://localhost:2113', /expected esdb:/],
  ['esdb://', /cannot be used/],
  ['esdb://host:port', /expected port number/],
  ['esdb://host?tls=maybe', /expected true or false/],
  ['esdb://host?tsl=false', /does not know "tsl"/],
  ['esdb://host?nodePreference=king', /expected .*leader/],
  ['esdb://host?tlsVerifyCert=false', /tlsVerifyCert has no effect/],
  ['esdb://host?tlsCAFile=/no/such/file', /\/no\/such\/file cannot be read/],
  ['esdb://host?userCertFile=/some/file', /are given together/],
  ['esdb://host?defaultDeadline=0', /Invalid defaultDeadline "0"\. Please .* integer\.$/],
  ['esdb://host?keepAliveInterval=-5', /Invalid keepAliveInterval/],
  ['esdb://admin:very-secret@host:wrong', /expected port number/],
  ['esdb://admin:very:secret@host', /before @ is user:password, .* : as %3A/],
  ['esdb://admin:very@secret@host', /@ is written as %40/],
  ['esdb://admin:very?secret@host?tls=false', /\? as %3F/],
  ['esdb://admin:very%secret@host', /% as %25/],
  ['esdb://admin@host', /before @ is user:password/],
  ['esdb://host?connectionName=one@home', /@ is written as %40/],
];

const accepted = [
  'esdb://localhost:2113?tls=false',
  'esdb://admin:changeit@localhost?keepAliveInterval=20000&keepAliveTimeout=20000&defaultDeadline=5000',
  'esdb://one:2111,two:2112,three:2113?nodePreference=follower&gossipTimeout=3&discoveryInterval=50',
  'esdb+discover://cluster.example.org?tls=true&connection_name=bursar&max-discover-attempts=3',
];

describe('a connection string', () => {
  for (const [connectionString, why] of refused) {
    it(`is refused: ${connectionString}`, () => {
      assert.throws(() => connector(connectionString), { name: 'RangeError', message: why });
    });
  }

  for (const connectionString of accepted) {
    it(`is read without connecting: ${connectionString}`, () => {
      assert.equal(typeof connector(connectionString)().dispose, 'function');
    });
  }

  it('is not repeated with its password when it is refused', () => {
    for (const [connectionString] of refused) {
      assert.throws(
        () => connector(connectionString),
        (error) => error instanceof Error && !error.message.includes('secret'),
      );
    }
  });

  it('makes a client that may be shut while an append begins', () =>
    withProcesses(async ({ standIn }) => {
      const client = connector(standIn.connectionString)();
      const event = binaryEvent({ type: 'Late', data: Buffer.from('{}') });
      const appended = client.appendToStream('a', event, { deadline: 200 });
      client.shut();
      await withTimeout(60_000, appended).catch((error: unknown) => {
        assert.ok(error instanceof Error && error.name !== 'TookTooLong', String(error));
      });
    }));

  it('that is refused leaves no copy open', async () => {
    let closed = 0;
    const copy = new MemoryRecords();
    copy.close = async () => {
      closed++;
    };
    await assert.rejects(EventStoreEventLog.open({ connectionString: 'esdb://', namespace: 'test', copy }), RangeError);
    await assert.rejects(
      EventStoreEventLog.open({ connectionString: 'esdb://host', namespace: 'Te:st', copy }),
      RangeError,
    );
    assert.equal(closed, 2);
  });
});

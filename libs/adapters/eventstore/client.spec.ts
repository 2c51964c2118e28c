import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { MemoryRecords } from '#adapters/memory/event-log.js';
import { StandIn } from '#test/eventstore/stand-in.js';
import { connector } from './client.js';
import { EventStoreEventLog } from './event-log.js';

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
  ['esdb://admin:very-secret@host:wrong', /expected port number/],
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
    assert.throws(
      () => connector('esdb://admin:very-secret@host:wrong'),
      (error) => error instanceof Error && !error.message.includes('secret'),
    );
  });

  it('gives a client that ends what has just begun when it is shut', async () => {
    const standIn = await StandIn.start();
    const nodes = ['one', 'other'].map(() => standIn.connectionString.slice('esdb://'.length).split('?')[0]);
    for (const at of [standIn.connectionString, `esdb://${nodes.join()}?tls=false`]) {
      const client = connector(at)();
      const event = jsonEvent({ type: 'Noted', data: {} });
      const appends = Array.from({ length: 20 }, (_, index) => client.appendToStream(`a-${String(index)}`, event));
      client.shut();
      assert.equal((await Promise.allSettled(appends)).length, 20);
    }
    await standIn.stop();
  });

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

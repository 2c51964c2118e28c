import assert from 'node:assert/strict';
import { Query } from '@nestjs/cqrs';
import { queryBusWith } from '#test/support/query-bus.js';
import { answeredBy } from './answered-by.js';

class Prices {
  of(model: string): number {
    return model.length;
  }
}

class PriceOf extends Query<number> {
  constructor(readonly model: string) {
    super();
  }
}
class Names extends Query<readonly string[]> {}

describe('answeredBy', () => {
  it('makes a handler of a class of its own for each class of queries, which is given what it names', async () => {
    const handlers = [
      answeredBy(PriceOf, [Prices], ({ model }, prices) => prices.of(model)),
      answeredBy(Names, [], () => Promise.resolve(['opus'])),
    ];
    assert.deepEqual(
      handlers.map(({ name }) => name),
      ['PriceOfHandler', 'NamesHandler'],
    );
    const bus = queryBusWith(handlers, (type) => {
      const given: readonly unknown[] = type === handlers[0] ? [new Prices()] : [];
      return new type(...given);
    });
    assert.equal(await bus.execute(new PriceOf('opus')), 4);
    assert.deepEqual(await bus.execute(new Names()), ['opus']);
  });

  it('passes on what the answer throws', async () => {
    const handler = answeredBy(Names, [], () => {
      throw new Error('out of reach');
    });
    const bus = queryBusWith([handler], (type) => new type());
    await assert.rejects(bus.execute(new Names()), /out of reach/);
  });
});

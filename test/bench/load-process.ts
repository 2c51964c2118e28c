import { loadOrder, runLoad } from './load.js';

// The load generator: takes one order, answers with its result, and ends.
process.once('message', (message) => {
  void runLoad(loadOrder.parse(message), () => process.send?.('started')).then((result) => {
    process.send?.(result, () => process.disconnect());
  });
});

import assert from 'node:assert/strict';
import { createProgressLine } from './progress-line.js';

const shown = (redraws: boolean): readonly string[] => {
  const said: string[] = [];
  let now = 0;
  const terminal = {
    out: () => undefined,
    error: (text: string) => void said.push(text),
    redraws,
    onInterrupt: () => () => undefined,
  };
  const line = createProgressLine(terminal, 1_000, () => now);
  for (let step = 1; step <= 10; step++) {
    now = step * 2_500;
    line.show(step * 5_000, step * 100);
  }
  line.clear();
  return said;
};

describe('progress', () => {
  it('is one line that is drawn again on a terminal, and wiped at the end', () => {
    const said = shown(true);
    assert.equal(said.length, 11);
    assert.equal(said[4], '\r\u001b[K[############............]  50 %  25000 rows  2000 rows/s');
    assert.equal(said[10], '\r\u001b[K');
  });

  it('is a new line now and then elsewhere', () => {
    assert.deepEqual(shown(false), ['40 %  20000 rows  2000 rows/s\n', '80 %  40000 rows  2000 rows/s\n']);
  });
});

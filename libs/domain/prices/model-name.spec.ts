import assert from 'node:assert/strict';
import fc from 'fast-check';
import { modelName } from './model-name.js';

describe('modelName', () => {
  for (const [id, name] of [
    ['claude-opus-5-5', 'claude-opus-5-5'],
    ['claude-opus-5-5-20260922', 'claude-opus-5-5'],
    ['claude-opus-5-5-2026-09-22', 'claude-opus-5-5'],
    ['claude-opus-5-5@20260922', 'claude-opus-5-5'],
    ['claude-sonnet-4-5[1m]', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929[1m]', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929[1M]', 'claude-sonnet-4-5'],
    [' Claude-Opus-5 ', 'claude-opus-5'],
    ['claude-opus-4-8', 'claude-opus-4-8'],
    // No dates, so part of the name.
    ['model-20261322', 'model-20261322'],
    ['model-20260932', 'model-20260932'],
    ['model-19990101', 'model-19990101'],
    ['model-2026-09', 'model-2026-09'],
    ['model20260922', 'model20260922'],
    ['20260922', '20260922'],
    // Another price may stand behind these.
    ['claude-opus-5-latest', 'claude-opus-5-latest'],
    ['us.anthropic.claude-opus-5', 'us.anthropic.claude-opus-5'],
    ['', ''],
  ] as const) {
    it(`${JSON.stringify(id)} is ${JSON.stringify(name)}`, () => {
      assert.equal(modelName(id), name);
    });
  }

  it('is the same with a date, a mark or both', () => {
    const model = fc.stringMatching(/^[a-z]{3,10}(-[1-9]){0,2}$/);
    const date = fc.constantFrom('', '-20260922', '-2026-09-22', '@20260922');
    fc.assert(
      fc.property(model, date, fc.constantFrom('', '[1m]'), (name, suffix, mark) => {
        assert.equal(modelName(name + suffix + mark), name);
      }),
    );
  });
});

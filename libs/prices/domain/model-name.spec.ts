import assert from 'node:assert/strict';
import fc from 'fast-check';
import { exactModel, undatedModel, withoutCloudVersion } from './model-name.js';

describe('the id of a model', () => {
  for (const [id, exact, undated] of [
    ['claude-opus-5-5', 'claude-opus-5-5', 'claude-opus-5-5'],
    ['claude-opus-5-5-20260922', 'claude-opus-5-5-20260922', 'claude-opus-5-5'],
    ['claude-opus-5-5-2026-09-22', 'claude-opus-5-5-2026-09-22', 'claude-opus-5-5'],
    ['claude-opus-5-5@20260922', 'claude-opus-5-5-20260922', 'claude-opus-5-5'],
    ['claude-sonnet-4-5[1m]', 'claude-sonnet-4-5', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929[1M]', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5@20250929[1m]', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    [' Claude-Opus-5 ', 'claude-opus-5', 'claude-opus-5'],
    // No dates, so part of the name.
    ['model-20261322', 'model-20261322', 'model-20261322'],
    ['model-20260932', 'model-20260932', 'model-20260932'],
    ['model-19990101', 'model-19990101', 'model-19990101'],
    ['model-2026-09', 'model-2026-09', 'model-2026-09'],
    ['model20260922', 'model20260922', 'model20260922'],
    ['claude-sonnet-4-6@default', 'claude-sonnet-4-6@default', 'claude-sonnet-4-6@default'],
    ['20260922', '20260922', '20260922'],
    // Another price may stand behind these.
    ['claude-opus-5-latest', 'claude-opus-5-latest', 'claude-opus-5-latest'],
    ['us.anthropic.claude-opus-5', 'us.anthropic.claude-opus-5', 'us.anthropic.claude-opus-5'],
    ['', '', ''],
  ] as const) {
    it(`${JSON.stringify(id)} is ${JSON.stringify(exact)}, undated ${JSON.stringify(undated)}`, () => {
      assert.equal(exactModel(id), exact);
      assert.equal(undatedModel(exact), undated);
    });
  }

  it('in its one spelling is that spelling', () => {
    const model = fc.stringMatching(/^[a-z]{3,10}(-[1-9]){0,2}$/);
    const date = fc.constantFrom('', '-20260922', '-2026-09-22', '@20260922');
    fc.assert(
      fc.property(model, date, fc.constantFrom('', '[1m]'), (name, suffix, mark) => {
        const exact = exactModel(name + suffix + mark);
        assert.equal(exactModel(exact), exact);
        assert.equal(undatedModel(exact), name);
      }),
    );
  });

  it('is without a version behind it what a pattern of a cloud has found', () => {
    for (const id of [
      'claude-sonnet-4-5-20250929-v1:0',
      'claude-sonnet-4-5-20250929-v2',
      'claude-sonnet-4-5-20250929',
    ]) {
      assert.equal(withoutCloudVersion(id), 'claude-sonnet-4-5-20250929');
    }
  });
});

import assert from 'node:assert/strict';
import { alertTypeNames, importanceOf } from './alert-types.js';

describe('importanceOf', () => {
  const table = [
    ['capThreshold', 0.5, 'info', 'digest'],
    ['capThreshold', 0.7999, 'info', 'digest'],
    ['capThreshold', 0.8, 'warning', 'notify'],
    ['capThreshold', 0.9999, 'warning', 'notify'],
    ['capThreshold', 1, 'critical', 'notify'],
    ['capThreshold', 10, 'critical', 'notify'],
    ['capPace', null, 'warning', 'notify'],
    ['userShare', null, 'warning', 'notify'],
    ['userRunaway', null, 'warning', 'notify'],
  ] as const;
  for (const [type, threshold, severity, routing] of table) {
    it(`${type} at ${String(threshold)} is ${severity}, for ${routing}`, () => {
      assert.deepEqual(importanceOf(type, threshold), { severity, routing });
    });
  }

  it('knows every type', () => {
    assert.deepEqual([...new Set(table.map(([type]) => type))].sort(), [...alertTypeNames].sort());
  });
});

import assert from 'node:assert/strict';
import { alertTypeNames, alertTypes, importanceOf } from './alert-types.js';

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

  it('knows a threshold exactly where the type has one, and clears what can hover below 0.9 of its bar', () => {
    for (const type of alertTypeNames) {
      const { hasThreshold, clearsBelow, severity } = alertTypes[type];
      assert.equal(severity.length > 1, hasThreshold, type);
      assert.equal(clearsBelow, type === 'capThreshold' ? 1 : 0.9, type);
    }
  });
});

import assert from 'node:assert/strict';
import { type Precondition, preconditionRefusal } from './precondition.js';

/** What is found: nothing, or a revision; what was never edited is there with revision -1. */
const nothing = undefined;
const cases: readonly (readonly [string, Precondition, found: number | undefined, isCarriedOut: boolean])[] = [
  ['without a condition, nothing there', {}, nothing, true],
  ['without a condition, something there', {}, 3, true],
  ['If-Match: "3" of revision 3', { ifMatch: ['3'] }, 3, true],
  ['If-Match: "3" of revision 4', { ifMatch: ['3'] }, 4, false],
  ['If-Match: "3", "4" of revision 4', { ifMatch: ['3', '4'] }, 4, true],
  ['If-Match: "-1" of what was never edited', { ifMatch: ['-1'] }, -1, true],
  ['If-Match: "-1" of nothing', { ifMatch: ['-1'] }, nothing, false],
  ['If-Match: * of something', { ifMatch: '*' }, 0, true],
  ['If-Match: * of what was never edited', { ifMatch: '*' }, -1, true],
  ['If-Match: * of nothing', { ifMatch: '*' }, nothing, false],
  ['If-None-Match: * of nothing', { ifNoneMatch: '*' }, nothing, true],
  ['If-None-Match: * of something', { ifNoneMatch: '*' }, 0, false],
  ['If-None-Match: * of what was never edited', { ifNoneMatch: '*' }, -1, false],
  ['If-None-Match: "3" of revision 3', { ifNoneMatch: ['3'] }, 3, false],
  ['If-None-Match: "3" of revision 4', { ifNoneMatch: ['3'] }, 4, true],
  ['both, of which one fails', { ifMatch: '*', ifNoneMatch: ['3'] }, 3, false],
];

describe('a request with', () => {
  for (const [what, precondition, found, isCarriedOut] of cases) {
    it(`${what} is ${isCarriedOut ? 'carried out' : 'refused'}`, () => {
      const refused = preconditionRefusal(precondition, found ?? -1, found !== nothing);
      assert.equal(refused?.code, isCarriedOut ? undefined : 'staleVersion');
    });
  }
});

import { type Case, givenFor } from '#test/support/given.js';
import type { FormatRaised } from './format.events.js';
import { formatDecider, type RaiseFormat } from './format.js';

const given = givenFor(formatDecider);
const raise = (level: number): RaiseFormat => ({
  type: 'RaiseFormat',
  data: { level },
  meta: { commandId: 'c', nowMs: 0, actor: 'system:start', reason: '' },
});
const raised = (level: number): FormatRaised => ({ type: 'FormatRaised', data: { level } });

describe('the format of a log', () => {
  const table: readonly Case<RaiseFormat, FormatRaised>[] = [
    ['is 1 before anybody says so', [], raise(1), []],
    ['is raised', [], raise(2), [raised(2)]],
    ['is raised again', [raised(2)], raise(4), [raised(4)]],
    ['is raised once', [raised(2)], raise(2), []],
    ['is not lowered', [raised(3)], raise(2), []],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(when).then(then);
    });
  }
});

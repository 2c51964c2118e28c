import { resolve } from 'node:path';
import { inspect } from 'node:util';

/**
 * A reporter for Node's test runner that writes one JSON document at the end: the runner's own counts, every failure
 * with its story, and the files in which no test ran. The runner counts such a file as a test that passed.
 */
export default async function* outcomeReporter(events) {
  const outcome = { counts: {}, failures: [], filesWithoutTests: [] };
  const titles = new Map();
  const errorOutput = new Map();

  for await (const { type, data } of events) {
    switch (type) {
      case 'test:diagnostic':
        count(outcome.counts, data.message);
        break;
      case 'test:start':
        titles.set(data.file, [...(titles.get(data.file) ?? []).slice(0, data.nesting), data.name]);
        break;
      case 'test:stderr':
        errorOutput.set(data.file, (errorOutput.get(data.file) ?? '') + data.message);
        break;
      case 'test:pass':
        if (isFile(data)) outcome.filesWithoutTests.push(data.file);
        break;
      case 'test:fail':
        if (!isExpected(data) && !isOnlyAboutItsParts(data)) outcome.failures.push(failure(data, titles, errorOutput));
        break;
    }
  }
  yield JSON.stringify(outcome);
}

/** The last lines of a run: `pass 12`, `fail 0`. */
const count = (counts, message) => {
  const [, name, number] = /^(tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(message) ?? [];
  if (name !== undefined) counts[name] = Number(number);
};

/** A file stands in the report as a test of its own when it ran none, or when it broke outside of them. */
const isFile = ({ name, nesting, file }) => nesting === 0 && file !== undefined && resolve(name) === resolve(file);

/** `todo` tests may fail, `skip` ones do not run; `false` and absent mean neither. */
const isExpected = ({ skip, todo }) => (skip ?? false) !== false || (todo ?? false) !== false;

/** A suite fails when a part of it does: the part tells the story. */
const isOnlyAboutItsParts = ({ details }) => details.error?.failureType === 'subtestsFailed';

const failure = (data, titles, errorOutput) => {
  const error = data.details.error?.cause ?? data.details.error;
  const story = typeof error === 'string' ? error : inspect(error, { depth: 6 });
  return {
    file: data.file,
    title: isFile(data) ? 'the file itself' : (titles.get(data.file) ?? [data.name]).join(' > '),
    story: isFile(data) ? `${story}\n${errorOutput.get(data.file) ?? ''}` : story,
  };
};

import { makeReady, root } from './ready/ready.mjs';
import { runFiles } from './testing/run-files.mjs';
import { chooseTestFiles, runsOf, zones } from './testing/test-files.mjs';

/*
 * npm test [-- path-fragment ...]    every test, or those whose path contains a fragment, in every zone
 *   --unit                           only what takes seconds
 *   --long                           properties and campaigns with many more runs
 *
 * The last line is `Tests: <passed> passed, <failed> failed`, over all zones. The exit code is 0 only when something
 * passed and nothing failed.
 */
const main = () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--unit' && arg !== '--long');
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}: use --unit, --long or a part of a path`);

  makeReady();
  const fragments = args.filter((arg) => !arg.startsWith('-')).map((arg) => arg.replace(/[.][jt]s$/, ''));
  const files = chooseTestFiles(root, fragments, args.includes('--unit'));
  const environment = args.includes('--long') ? { BURSAR_TEST_RUNS: 'long' } : {};
  report(runsOf(files).map((run) => runAll(run, environment)));
};

const runAll = ({ zone, engine, files }, environment) => {
  console.log(`\n${files.length} test files, TZ=${zone}${engine === undefined ? '' : `, on the engine ${engine}`}`);
  const compiled = files.map((file) => `dist/${file}.js`);
  const reporter = zone === zones[0] ? 'spec' : 'dot';
  const chosen = engine === undefined ? environment : { ...environment, BURSAR_TEST_ENGINE: engine };
  return { zone, ...runFiles(root, compiled, zone, reporter, chosen) };
};

const report = (runs) => {
  for (const { zone, failures } of runs) {
    for (const { file, title, story } of failures) {
      console.log(`\nFAILED (TZ=${zone}) ${file.replace(`${root}/`, '')}\n  ${title}\n${indent(story)}`);
    }
  }
  const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
  if (sum('skipped') > 0) console.log(`\n${sum('skipped')} skipped or to do`);
  if (sum('passed') + sum('failed') === 0) console.log('\nNo test ran.');
  process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
  console.log(`\nTests: ${sum('passed')} passed, ${sum('failed')} failed`);
};

const longestStory = 80;

const indent = (story) => {
  const lines = story.trimEnd().split('\n');
  const shown = lines.length > longestStory ? [...lines.slice(0, longestStory), '...'] : lines;
  return shown.map((line) => `    ${line}`).join('\n');
};

main();

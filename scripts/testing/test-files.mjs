import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Time must not depend on where the machine stands: one zone without summer time, and one far ahead that has it. */
export const zones = ['UTC', 'Pacific/Auckland'];

/**
 * Folders whose tests run in one of the zones only, every second file in each, because twice would take too long.
 * Campaigns and tests of the tools belong here; rules about time never do.
 */
const foldersThatRunOnce = ['test/architecture/', 'test/commands/', 'test/faults/'];

/**
 * Folders whose tests run on the other engine in the second zone: their services have their log in a stand-in for an
 * event store, or in the event store that BURSAR_TEST_EVENT_STORE names. So every one of them runs once on each engine.
 */
const foldersOnBothEngines = ['test/e2e/'];

const quickFolders = ['libs/', 'test/architecture/'];

/**
 * The test files to run, by the path of their source without its ending: `libs/kernel/money.spec`.
 *
 * @param fragments a file is chosen when its path contains one of them; all are when there is none
 * @param quick only what takes seconds: the libraries and the architecture
 */
export const chooseTestFiles = (root, fragments, quick) =>
  ['apps', 'libs', 'test']
    .flatMap((folder) => specsIn(root, folder))
    .filter((file) => !quick || quickFolders.some((folder) => file.startsWith(folder)))
    .filter((file) => fragments.length === 0 || fragments.some((fragment) => file.includes(fragment)));

/** Which of them run together: in which zone and, unless it is the embedded one, on which engine. */
export const runsOf = (files) => {
  const [first, second] = zones.map((zone) => filesOfZone(files, zone));
  const [elsewhere, here] = [true, false].map((isOnBoth) => second.filter((file) => runsOnBoth(file) === isOnBoth));
  return [
    { zone: zones[0], files: first },
    { zone: zones[1], files: here },
    { zone: zones[1], engine: 'eventStore', files: elsewhere },
  ].filter((run) => run.files.length > 0);
};

const filesOfZone = (files, zone) => {
  const once = files.filter(runsOnce);
  return files.filter((file) => !runsOnce(file) || once.indexOf(file) % zones.length === zones.indexOf(zone));
};

const runsOnBoth = (file) => foldersOnBothEngines.some((folder) => file.startsWith(folder));

const runsOnce = (file) => foldersThatRunOnce.some((folder) => file.startsWith(folder));

const specsIn = (root, folder) => {
  const built = join(root, 'dist', folder);
  if (!existsSync(built)) return [];
  return readdirSync(built, { recursive: true })
    .filter((name) => name.endsWith('.spec.js'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`.replace(/[.]js$/, ''))
    .sort();
};

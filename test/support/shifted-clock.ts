import { readFileSync } from 'node:fs';

/**
 * Loaded before everything else into a process under test (`node --import`): its wall clock is ahead by as many
 * milliseconds as the file says that BURSAR_TEST_CLOCK names. Elapsed time and uptime are those of the machine.
 */
const file = process.env.BURSAR_TEST_CLOCK;
const machineNow = Date.now.bind(Date);
const betweenReadsMs = 20;

const readFile = (path: string): number => {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    return 0;
  }
};

if (file !== undefined) {
  let aheadMs = 0;
  let readAtMs = -Infinity;
  Date.now = () => {
    if (performance.now() - readAtMs > betweenReadsMs) {
      readAtMs = performance.now();
      aheadMs = readFile(file);
    }
    return machineNow() + aheadMs;
  };
}

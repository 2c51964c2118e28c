import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { itWhen } from '#test/support/it-when.js';
import { startMeteringStandIn } from '#test/support/metering-stand-in.js';
import { importCommand } from './import.js';

/** Beside the project, never inside it; the sums are those of the README that comes with the traces. */
const folder = join(import.meta.dirname, '../../../../../shared/traces');
const traces = [
  { name: 'azure-llm-code-2023', rows: 8_819, inputTokens: 18_059_974, outputTokens: 245_896 },
  { name: 'azure-llm-conv-2023', rows: 19_366, inputTokens: 22_361_870, outputTokens: 4_088_665 },
];
const map = 'occurredAt=TIMESTAMP,usage.inputTokens=ContextTokens,usage.outputTokens=GeneratedTokens';

describe('an import of a real trace', () => {
  for (const { name, rows, inputTokens, outputTokens } of traces) {
    const file = join(folder, `${name}.csv`);
    const itOnTrace = itWhen(existsSync(file), `${file} is missing`);
    itOnTrace(`${name}: the sums are those of its README, twice in a row`, async () => {
      const service = await startMeteringStandIn();
      const reports: string[] = [];
      const terminal = {
        out: (text: string) => void reports.push(text),
        error: () => undefined,
        redraws: false,
        onInterrupt: () => () => undefined,
      };
      const args = [file, '--map', map, '--zone', 'UTC', '--key', 'k', '--url', service.url];
      assert.equal(await importCommand(args, {}, terminal), 0);
      assert.equal(await importCommand(args, {}, terminal), 0);
      const sumOf = (field: 'inputTokens' | 'outputTokens') => service.rows().reduce((sum, row) => sum + row[field], 0);
      assert.deepEqual(
        [service.rows().length, sumOf('inputTokens'), sumOf('outputTokens')],
        [rows, inputTokens, outputTokens],
      );
      assert.match(reports[0], new RegExp(`accepted +${String(rows)}\\n`));
      assert.match(reports[1], new RegExp(`duplicates +${String(rows)}\\n`));
      for (const report of reports) {
        assert.match(report, new RegExp(`input tokens +${String(inputTokens)} `));
        assert.match(report, new RegExp(`output tokens +${String(outputTokens)} `));
      }
      await service.stop();
    });
  }
});

/** One line of the table. */
export interface Row {
  readonly workload: string;
  readonly what: string;
  readonly figure: string;
  /** What it is measured against in the same run, and the ratio to it. */
  readonly ceiling?: string;
  readonly ratio?: number;
  readonly goal?: string;
  /** What an answer promises. */
  readonly durability: string;
}

export const durable = 'flushed to disk and folded before the answer';

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en-US')} records/s`;
export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Lowest and highest of several runs. */
export const spread = (values: readonly number[], show: (value: number) => string): string =>
  `${show(Math.min(...values))} to ${show(Math.max(...values))}`;

export const printTable = (rows: readonly Row[]): void => {
  const head = ['', 'workload', 'figure', 'ceiling in the same run', 'ratio', 'goal', 'durability'];
  const cells = rows.map((row) => [
    row.workload,
    row.what,
    row.figure,
    row.ceiling ?? '-',
    row.ratio?.toFixed(2) ?? '-',
    row.goal ?? '-',
    row.durability,
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column].length)));
  const show = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |\n`;
  const rule = widths.map((width) => '-'.repeat(width));
  process.stdout.write([head, rule, ...cells].map(show).join(''));
};

/** Hears how far a long reading has come. */
export type Progress = (done: number, of: number) => void;

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows percents on a terminal, in one line that `end` wipes; shows nothing anywhere else. */
export const progressOn = (terminal: Terminal, label: string) => {
  let shown = '';
  const show = (text: string): void => {
    if (terminal.isTTY !== true || text === shown) return;
    terminal.write(`\r\u001b[K${text}`);
    shown = text;
  };
  const progress: Progress = (done, of) => {
    show(`${label} ${String(Math.floor((100 * done) / Math.max(of, 1)))} %`);
  };
  return {
    progress,
    end: (): void => {
      show('');
    },
  };
};

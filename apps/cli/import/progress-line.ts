import type { Terminal } from './terminal.js';

/** Says how far an import is: a line that is drawn again on a terminal, now and then a new line elsewhere. */
export interface ProgressLine {
  readonly show: (rows: number, bytes: number) => void;
  /** Wipes the line, so that something else can be said. */
  readonly clear: () => void;
}

const redrawMs = 200;
const newLineMs = 10_000;
const barWidth = 24;

/** @param nowMs a clock that only runs forward */
export const createProgressLine = (terminal: Terminal, totalBytes: number, nowMs: () => number): ProgressLine => {
  const startedMs = nowMs();
  const everyMs = terminal.redraws ? redrawMs : newLineMs;
  let shownMs = startedMs;
  let drawn = false;
  return {
    show: (rows, bytes) => {
      const now = nowMs();
      if (now - shownMs < everyMs) return;
      shownMs = now;
      const share = totalBytes === 0 ? 1 : Math.min(bytes / totalBytes, 1);
      const perSecond = Math.round((rows / (now - startedMs)) * 1_000);
      const said = `${String(Math.floor(share * 100)).padStart(3)} %  ${String(rows)} rows  ${String(perSecond)} rows/s`;
      terminal.error(terminal.redraws ? `\r\u001b[K${barOf(share)} ${said}` : `${said.trimStart()}\n`);
      drawn = terminal.redraws;
    },
    clear: () => {
      if (drawn) terminal.error('\r\u001b[K');
      drawn = false;
    },
  };
};

const barOf = (share: number): string => {
  const full = Math.floor(share * barWidth);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
};

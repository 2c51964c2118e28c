/** Where an import speaks to a person, and hears that it shall stop. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Whether `error` shows a line that may be drawn again. */
  readonly redraws: boolean;
  /** Calls back on the first Ctrl-C; the second one ends the process. Returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

export const processTerminal: Terminal = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  redraws: process.stderr.isTTY,
  onInterrupt: (listener) => {
    process.once('SIGINT', listener);
    process.once('SIGTERM', listener);
    return () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    };
  },
};

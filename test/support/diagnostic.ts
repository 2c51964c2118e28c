/** Says something that helps when a test fails, a seed or a count: it is shown with the failure, or with `--verbose`. */
export const diagnostic = (text: string): void => {
  process.stderr.write(`# ${text}\n`);
};

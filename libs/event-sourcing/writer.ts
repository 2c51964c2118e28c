/** Under which name this process writes the streams that it alone writes to. */
export class Writer {
  constructor(readonly name: string) {}
}

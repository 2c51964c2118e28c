/** Under which name this process writes the streams that it alone writes to. */
export class WriterId {
  constructor(readonly name: string) {}
}

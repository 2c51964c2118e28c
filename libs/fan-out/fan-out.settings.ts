/** What an operator sets about fan-outs. */
export class FanOutSettings {
  constructor(
    /** What an item is expected to cost when nothing is known, micros. */
    readonly defaultItemCostMicros: number,
  ) {}
}

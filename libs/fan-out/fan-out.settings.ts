/** What an operator sets about fan-outs. */
export class FanOutSettings {
  constructor(
    /** What an item is expected to cost when nothing is known, micros. */
    readonly defaultItemCostMicros: number,
    /** Whether fan-outs are granted while the event store cannot be reached. */
    readonly grantsWithoutStore: boolean,
  ) {}
}

/** What goes wrong with one append: whether it is stored all the same, and what the client gets to hear. */
export interface AppendFault {
  readonly isStored: boolean;
  readonly then: 'silence' | 'cut' | 'error' | 'late';
}

/** How long something takes that is late. */
export const lateMs = 30;

/** What a stand-in does wrong, on purpose. */
export class Faults {
  /** For the next appends, one each; those after them go well. */
  readonly appends: AppendFault[] = [];
  /** Appends that have come, whatever became of them. */
  appendsSeen = 0;
  /** Reads and subscriptions that have come, whatever became of them. */
  readsSeen = 0;
  /** What comes from now on has no answer, for good. */
  stalls = false;
  /** Subscriptions say when they have caught up, as servers do from version 23.10 on. */
  saysCaughtUp = true;
  /** Subscriptions to `$all` are refused. */
  deniesAll = false;
  /** Appends to streams that begin so are refused. */
  deniesAppendsTo: string | undefined;
  /** What it says its version is; undefined: it does not know the question, as servers of long ago. */
  version: string | undefined = '24.10.0';
  /** There is another node that leads: appends that do not ask for that one are passed on. */
  followsAnother = false;
  /** The port of the node that leads, if it is not the first way. */
  leaderPort: number | undefined;
  /** The port of a node that follows, if there is one. */
  followerPort: number | undefined;
  /** Every event of a subscription comes twice. */
  repeatsEvents = false;
  /** Reads of a stream say at which position of `$all` an event stands, as newer servers do. */
  tellsPositions = true;
  /** Subscriptions say nothing for good once they have been told to be silent; new ones speak. */
  private silences = 0;

  /** The fault of the append that has come, if it is to have one. */
  next(): AppendFault | undefined {
    this.appendsSeen++;
    return this.appends.shift();
  }

  get silence(): number {
    return this.silences;
  }

  silenceSubscriptions(): void {
    this.silences++;
  }
}

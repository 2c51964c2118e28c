import { Metadata, type sendUnaryData, type ServerReadableStream, status } from '@grpc/grpc-js';
import { type Faults, lateMs } from './faults.js';
import { appendMessage, proposalOf } from './messages.js';
import type { streams } from './protocol.js';
import type { Proposal, StandInOutcome, StandInStore } from './stand-in-store.js';

type AppendCall = ServerReadableStream<streams.AppendReq, streams.AppendResp>;
type Answer = sendUnaryData<streams.AppendResp>;

/** Where an append came in, and how to end every connection. */
interface Place {
  readonly store: StandInStore;
  readonly faults: Faults;
  readonly cut: () => void;
}

/** Takes an append as it comes, where to and then the events, and answers it once it has come as a whole. */
export const answerAppend = (call: AppendCall, answer: Answer, place: Place): void => {
  let target: streams.AppendReq.Options | undefined;
  const proposals: Proposal[] = [];
  call.on('data', (request: streams.AppendReq) => {
    target = request.getOptions() ?? target;
    const message = request.getProposedMessage();
    if (message !== undefined) proposals.push(proposalOf(message));
  });
  call.on('end', () => {
    // A connection that is cut also ends: what came of the append is then not all of it.
    setImmediate(() => {
      if (call.cancelled || place.faults.stalls) return;
      if (place.faults.followsAnother && requiresLeader(call)) refuse(answer, status.NOT_FOUND, notLeader);
      else answerWhole(target, proposals, answer, place);
    });
  });
};

/** Does with an append what the next fault says, if there is one. */
const answerWhole = (
  target: streams.AppendReq.Options | undefined,
  proposals: readonly Proposal[],
  answer: Answer,
  { store, faults, cut }: Place,
): void => {
  const stream = Buffer.from(target?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
  const expected = target?.hasAny() ? store.read(stream).length - 1 : expectedRevision(target);
  if (expected === undefined) {
    answer({ code: status.UNIMPLEMENTED, details: 'Not part of the stand-in' });
    return;
  }
  if (faults.deniesAppendsTo !== undefined && stream.startsWith(faults.deniesAppendsTo)) {
    refuse(answer, status.PERMISSION_DENIED, { exception: 'access-denied' });
    return;
  }
  const append = (): StandInOutcome => store.append(stream, expected, proposals);
  const fault = faults.next();
  if (fault === undefined) {
    tell(append(), answer);
    return;
  }
  if (fault.isStored) append();
  switch (fault.then) {
    case 'late':
      setTimeout(() => {
        tell(append(), answer);
      }, lateMs);
      break;
    case 'cut':
      cut();
      break;
    case 'error':
      answer({ code: status.UNAVAILABLE, details: 'The stand-in was told to fail' });
      break;
    case 'silence':
  }
};

/** A node that follows passes an append on to the leader, unless it is told not to. */
const requiresLeader = (call: AppendCall): boolean => call.metadata.get('requires-leader')[0] === 'true';

const notLeader = { exception: 'not-leader', 'leader-endpoint-host': '127.0.0.1', 'leader-endpoint-port': '1' };

const expectedRevision = (target: streams.AppendReq.Options | undefined): number | undefined => {
  if (target?.hasNoStream()) return -1;
  return target?.hasRevision() ? Number(target.getRevision()) : undefined;
};

const refuse = (answer: Answer, code: status, said: Readonly<Record<string, string>>): void => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(said)) metadata.set(name, value);
  answer({ code, details: said.exception, metadata });
};

const tell = (outcome: StandInOutcome, answer: Answer): void => {
  if (outcome.code !== 'tooLarge') {
    answer(null, appendMessage(outcome));
    return;
  }
  const said = { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(outcome.limit) };
  refuse(answer, status.INVALID_ARGUMENT, said);
};

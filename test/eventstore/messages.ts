import { shared, streams } from './protocol.js';
import type { Proposal, StandInEvent, StandInOutcome } from './stand-in-store.js';

const ticksPerMs = 10_000n;
/** What a server says that gives no position: all bits set. */
const noPosition = (2n ** 64n - 1n).toString();

/** @param tellsPosition whether the position in `$all` is given: for reads of a stream that depends on the server */
export const eventMessage = (event: StandInEvent, tellsPosition: boolean): streams.ReadResp => {
  const { stream, revision, position, createdMs, proposal } = event;
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  const place = tellsPosition ? position.toString() : noPosition;
  recorded.setId(new shared.UUID().setString(proposal.id));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  recorded.setStreamRevision(String(revision)).setCommitPosition(place).setPreparePosition(place);
  recorded.setData(proposal.data).setCustomMetadata(proposal.metadata);
  recorded.getMetadataMap().set('type', proposal.type).set('content-type', proposal.contentType);
  recorded.getMetadataMap().set('created', (BigInt(createdMs) * ticksPerMs).toString());
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded);
  if (tellsPosition) read.setCommitPosition(place);
  else read.setNoPosition(new shared.Empty());
  return new streams.ReadResp().setEvent(read);
};

export const confirmation = (): streams.ReadResp =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId('stand-in'));

export const caughtUp = (): streams.ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const checkpoint = ({ position }: StandInEvent): streams.ReadResp => {
  const place = position.toString();
  const message = new streams.ReadResp.Checkpoint().setCommitPosition(place).setPreparePosition(place);
  return new streams.ReadResp().setCheckpoint(message);
};

export const streamNotFound = (name: Uint8Array): streams.ReadResp => {
  const identifier = new shared.StreamIdentifier().setStreamName(name);
  return new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier),
  );
};

export const proposalOf = (message: streams.AppendReq.ProposedMessage): Proposal => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

/** The answer to an append that was stored or stands against another revision. */
export const appendMessage = (outcome: Exclude<StandInOutcome, { code: 'tooLarge' }>): streams.AppendResp => {
  if (outcome.code === 'stored') {
    const place = outcome.position.toString();
    const position = new streams.AppendResp.Position().setCommitPosition(place).setPreparePosition(place);
    const success = new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision)).setPosition(position);
    return new streams.AppendResp().setSuccess(success);
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (outcome.actual < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(outcome.actual));
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
};

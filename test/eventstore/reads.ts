import { Metadata, type ServerWritableStream, status } from '@grpc/grpc-js';
import type { Faults } from './faults.js';
import { caughtUp, checkpoint, confirmation, eventMessage, streamNotFound } from './messages.js';
import { streams } from './protocol.js';
import type { StandInStore } from './stand-in-store.js';

type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

const { BACKWARDS: backwards } = streams.ReadReq.Options.ReadDirection;

/** After this many events that nobody asked for, a subscription is told how far it has got. */
const checkpointEvents = 32;

/**
 * Answers the reads that the adapter makes: of a stream, forwards or back from its end; of `$all`, backwards; and subscriptions to `$all`.
 * Refuses any other.
 */
export const answerRead = (call: ReadCall, store: StandInStore, faults: Faults): void => {
  const options = call.request.getOptions();
  const stream = options?.getStream();
  const all = options?.getAll();
  faults.readsSeen++;
  if (faults.stalls) return;
  if (stream !== undefined && options?.hasCount() === true) {
    const isBackwards = options.getReadDirection() === backwards;
    answerStream(call, stream, { limit: Number(options.getCount()), isBackwards }, store, faults);
  } else if (all !== undefined && options?.hasCount() === true && options.getReadDirection() === backwards) {
    answerBackwards(call, all, Number(options.getCount()), store);
  } else if (all !== undefined && options?.hasSubscription() === true) {
    const prefixes = options.getFilter()?.getStreamIdentifier()?.getPrefixList() ?? [''];
    const after = all.getPosition()?.getCommitPosition();
    if (faults.deniesAll) refuse(call, status.PERMISSION_DENIED, 'access-denied');
    else subscribe(call, after === undefined ? -1n : BigInt(after), prefixes, store, faults);
  } else {
    refuse(call, status.UNIMPLEMENTED, 'not part of the stand-in');
  }
};

const refuse = (call: ReadCall, code: status, exception: string): void => {
  const metadata = new Metadata();
  metadata.set('exception', exception);
  call.emit('error', { code, details: exception, metadata });
};

const answerStream = (
  call: ReadCall,
  from: streams.ReadReq.Options.StreamOptions,
  { limit, isBackwards }: { readonly limit: number; readonly isBackwards: boolean },
  store: StandInStore,
  { tellsPositions }: Faults,
): void => {
  const name = from.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array();
  const events = store.read(Buffer.from(name).toString());
  if (events.length === 0) call.write(streamNotFound(name));
  const first = from.hasRevision() ? Number(from.getRevision()) : 0;
  const ahead = events.filter(({ revision }) => revision >= first).slice(0, limit);
  const wanted = isBackwards && from.hasEnd() ? events.slice(-limit).reverse() : ahead;
  for (const event of wanted) call.write(eventMessage(event, tellsPositions));
  call.end();
};

const answerBackwards = (
  call: ReadCall,
  from: streams.ReadReq.Options.AllOptions,
  limit: number,
  store: StandInStore,
): void => {
  const before = from.hasEnd() ? undefined : BigInt(from.getPosition()?.getCommitPosition() ?? 0);
  for (const event of store.before(before, limit)) call.write(eventMessage(event, true));
  call.end();
};

const subscribe = (
  call: ReadCall,
  after: bigint,
  prefixes: readonly string[],
  store: StandInStore,
  faults: Faults,
): void => {
  const { silence } = faults;
  let at = after;
  let passedOver = 0;
  let hasCaughtUp = false;
  const push = (): void => {
    if (faults.silence > silence) return;
    for (const event of store.after(at)) {
      at = event.position;
      if (prefixes.some((prefix) => event.stream.startsWith(prefix))) {
        call.write(eventMessage(event, true));
        if (faults.repeatsEvents) call.write(eventMessage(event, true));
      } else if (++passedOver % checkpointEvents === 0) {
        call.write(checkpoint(event));
      }
    }
    if (hasCaughtUp || !faults.saysCaughtUp) return;
    hasCaughtUp = true;
    call.write(caughtUp());
  };
  call.write(confirmation());
  push();
  const leave = store.watch(push);
  call.on('cancelled', leave);
  call.on('close', leave);
};

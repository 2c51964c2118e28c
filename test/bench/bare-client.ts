import { once } from 'node:events';
import { type BinaryEventData, NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import type { EventStoreClient } from '#event-log-eventstore/vendor-internals.js';
import { messageAppends, messageBytes, packed, type PackableEvent } from '#event-log-eventstore/stored-form.js';
import { type Append, noStream } from '#event-sourcing/ports/event-log.js';

/** Messages as the client sends them, one append of events each. */
export type Messages = readonly (readonly BinaryEventData[])[];

/**
 * Events as a client would append them that packs nothing: each by itself, and as few messages as it can make of them.
 *
 * @param atOnce how many are known at a time: whoever waits for an answer asks for no more
 */
export const eachAlone = (events: readonly PackableEvent[], atOnce: number): Messages =>
  messagesOf(
    events.map((event, place) => packed([event], place, 'bare')),
    atOnce,
  );

/** Appends as Bursar has stored them, in as few messages as a client can make of them. */
export const asStored = (appends: readonly Append[]): Messages =>
  messagesOf(
    appends.map(({ events, expectedRevision }) => packed(events, expectedRevision + 1, 'bare')),
    messageAppends,
  );

const messagesOf = (appends: readonly ReturnType<typeof packed>[], atOnce: number): Messages => {
  const most = Math.min(atOnce, messageAppends);
  const messages: BinaryEventData[][] = [];
  let weight = messageBytes;
  for (const append of appends) {
    if (append.large !== undefined) throw new Error('an append is too large for one message');
    weight += append.weight;
    if (weight > messageBytes || messages[messages.length - 1].length === most) {
      messages.push([]);
      ({ weight } = append);
    }
    messages[messages.length - 1].push(append.event);
  }
  return messages;
};

/**
 * Appends the messages to a stream of its own, with the client alone, and resolves to seconds; with `readsBack` when
 * they have also come through a subscription to `$all`, as every process needs them.
 */
export const replay = async (
  client: EventStoreClient,
  stream: string,
  messages: Messages,
  readsBack: boolean,
): Promise<number> => {
  const following = readsBack ? follow(client, stream) : undefined;
  await following?.begun;
  const startedMs = performance.now();
  let revision = noStream;
  for (const events of messages) {
    const expectedRevision = revision === noStream ? NO_STREAM : BigInt(revision);
    await client.appendToStream(stream, [...events], { expectedRevision });
    revision += events.length;
  }
  await following?.has(revision);
  return (performance.now() - startedMs) / 1_000;
};

/** Follows what is appended to streams that begin with the prefix. */
const follow = (client: EventStoreClient, prefix: string) => {
  const subscription = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: [prefix] }) });
  const begun = once(subscription, 'confirmation');
  const has = async (last: number): Promise<void> => {
    for await (const { event } of subscription) if (event?.revision === BigInt(last)) break;
    await subscription.unsubscribe();
  };
  return { begun, has };
};

import { Query } from '@nestjs/cqrs';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { AccessView, type KnownKey } from '../domain/access.view.js';

/** Every key ever made, revoked and expired ones too, in the order of their ids. */
export class ListApiKeys extends Query<readonly KnownKey[]> {}

/** The key with this id, which was made. */
export class GetApiKey extends Query<KnownKey> {
  constructor(readonly keyId: string) {
    super();
  }
}

export const accessQueryHandlers = [
  answeredBy(ListApiKeys, [AccessView], (_, access) =>
    [...access.list()].sort((one, other) => (one.keyId < other.keyId ? -1 : 1)),
  ),
  answeredBy(GetApiKey, [AccessView], ({ keyId }, access) => {
    const key = access.keyOf(keyId);
    if (key === undefined) throw new Error(`the key ${keyId} was made, but no view knows it`);
    return key;
  }),
];

/** From here on a pass over everybody is less work than to remember who has moved. */
const many = 2_000;

/** Users whose spend has moved, each in the groups it moved in: as long as they are few. */
export class MovedUsers {
  #groups: Map<string, Set<string>> | undefined = new Map();
  #size = 0;

  /** They are not remembered any more: anybody may have moved. */
  get isMany(): boolean {
    return this.#groups === undefined;
  }

  add(groupId: string, userId: string): void {
    if (this.#groups === undefined) return;
    const users = this.#groups.get(groupId) ?? new Set<string>();
    this.#groups.set(groupId, users);
    if (users.has(userId)) return;
    users.add(userId);
    if (++this.#size >= many) this.#groups = undefined;
  }

  /** None if they are many. */
  of(groupId: string): Iterable<string> {
    return this.#groups?.get(groupId) ?? [];
  }
}

/** Ids of alerts by the group they are about; null: the whole organisation. */
export class AlertsByGroup {
  readonly #groups = new Map<string | null, Set<string>>();

  /** @param isIn whether the alert belongs to the index now */
  note({ alertId, groupId }: { readonly alertId: string; readonly groupId: string | null }, isIn: boolean): void {
    const ids = this.#groups.get(groupId) ?? new Set<string>();
    if (isIn) ids.add(alertId);
    else ids.delete(alertId);
    if (ids.size === 0) this.#groups.delete(groupId);
    else this.#groups.set(groupId, ids);
  }

  of(groupId: string | null): Iterable<string> {
    return this.#groups.get(groupId) ?? [];
  }

  clear(): void {
    this.#groups.clear();
  }
}

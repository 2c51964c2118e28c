import { Injectable } from '@nestjs/common';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { idFault, idFaultTexts, isPlainId, normaliseId } from '#kernel/ids.js';
import { type Refusal, refuse } from '#kernel/refusal.js';
import { keySeeds } from '#domain/metering/identity.js';
import { PlaceIndex } from '#ports/place-index.js';
import { DirectoryView } from '#domain/directory/directory.view.js';
import { AccessView, type KnownKey } from '#domain/access/access.view.js';
import { Admissions } from '#domain/fan-out/admissions.js';
import { SpendView } from '#domain/spend/spend.view.js';

/**
 * What an id names, as far as the views tell them apart. `name` is a skill, plugin, connector, tool, schedule or pattern;
 * `source` is the one a key stands for.
 */
export type IdKind = 'group' | 'user' | 'task' | 'fanOut' | 'request' | 'name' | 'source';

/** Tells ids the log already knows from new ones: those stay as they are, these are normalised or refused. */
@Injectable()
export class Ids {
  constructor(
    private readonly directory: DirectoryView,
    private readonly access: AccessView,
    private readonly admissions: Admissions,
    private readonly spend: SpendView,
    private readonly index: PlaceIndex,
  ) {}

  /** Whether the log holds this very text as an id of the kind. Only worth asking for what is not plain. */
  isKnown = (kind: IdKind, text: string): boolean => {
    const { directory, admissions, spend } = this;
    switch (kind) {
      case 'group':
        return directory.group(text) !== undefined || this.isInAKey(({ groups }) => groups?.includes(text) === true);
      case 'user':
        return directory.user(text) !== undefined || spend.names.find(text) !== undefined;
      case 'task':
        return admissions.placeOf(text) !== undefined || this.isAt(text, taskSeeds);
      case 'fanOut':
        return admissions.lease(text) !== undefined || this.isAt(text, [keySeeds.fanOut]);
      case 'request':
        return this.isAt(text, [keySeeds.fanOutRequest]);
      case 'name':
        return spend.names.find(text) !== undefined;
      case 'source':
        return this.isInAKey(({ source }) => source === text);
    }
  };

  /** The text under which an id is looked up: what is known as it is, else in the form that is stored. */
  found(kind: IdKind, text: string): string {
    return isPlainId(text) || this.isKnown(kind, text) ? text : normaliseId(text);
  }

  /**
   * The text under which an id is stored: what is known as it is, else normalised.
   *
   * @param field what to call it in the refusal `invalidId`
   */
  taken(kind: IdKind, text: string, field: string): string | Refusal {
    if (isPlainId(text) || this.isKnown(kind, text)) return text;
    const normalised = normaliseId(text);
    const fault = idFault(normalised);
    return fault === undefined ? normalised : refuse('invalidId', `${field} ${idFaultTexts[fault]}`);
  }

  private isInAKey(holds: (key: KnownKey) => boolean): boolean {
    return this.access.list().some(holds);
  }

  private isAt(text: string, seeds: readonly number[]): boolean {
    const key = new Uint32Array(fingerprintWords);
    return seeds.some((seed) => {
      fingerprint(text, seed, key, 0);
      return this.index.first(key, 0) !== undefined;
    });
  }
}

const taskSeeds = [keySeeds.task, keySeeds.child, keySeeds.finish];

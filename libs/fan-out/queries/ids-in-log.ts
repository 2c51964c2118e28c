import { Injectable } from '@nestjs/common';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { keySeeds } from '#metering/domain/identity.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { AccessView, type KnownKey } from '#access/domain/access.view.js';
import { Admissions } from '../domain/admissions.js';
import { type IdKind, KnownIds } from '#directory/queries/ids.js';
import { SpendView } from '#spend/domain/spend.view.js';

/** Which ids the log holds, by its views and the place index. */
@Injectable()
export class IdsInLog extends KnownIds {
  constructor(
    private readonly directory: DirectoryView,
    private readonly access: AccessView,
    private readonly admissions: Admissions,
    private readonly spend: SpendView,
    private readonly index: LocationIndex,
  ) {
    super();
  }

  isKnown(kind: IdKind, text: string): boolean {
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

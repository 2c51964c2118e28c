import { Injectable } from '@nestjs/common';
import { idFault, idFaultTexts, isPlainId, normaliseId } from '#kernel/ids.js';
import { type Refusal, refuse } from '#kernel/refusal.js';
import type { DirectoryCode } from '../domain/directory.codes.js';

/**
 * What an id names, as far as the views tell them apart. `name` is a skill, plugin, connector, tool, schedule or pattern;
 * `source` is the one a key stands for.
 */
export type IdKind = 'group' | 'user' | 'task' | 'fanOut' | 'request' | 'name' | 'source';

/** Which ids the log holds. Who knows all of them comes last, and says so. */
export abstract class KnownIds {
  /** Whether the log holds this very text as an id of the kind. Only worth asking for what is not plain. */
  abstract isKnown(kind: IdKind, text: string): boolean;
}

/** Tells ids the log already knows from new ones: those stay as they are, these are normalised or refused. */
@Injectable()
export class Ids {
  constructor(private readonly known: KnownIds) {}

  isKnown = (kind: IdKind, text: string): boolean => this.known.isKnown(kind, text);

  /** The text under which an id is looked up: what is known as it is, else in the form that is stored. */
  found(kind: IdKind, text: string): string {
    return isPlainId(text) || this.isKnown(kind, text) ? text : normaliseId(text);
  }

  /**
   * The text under which an id is stored: what is known as it is, else normalised.
   *
   * @param field what to call it in the refusal `invalidId`
   */
  taken(kind: IdKind, text: string, field: string): string | Refusal<DirectoryCode> {
    if (isPlainId(text) || this.isKnown(kind, text)) return text;
    const normalised = normaliseId(text);
    const fault = idFault(normalised);
    return fault === undefined ? normalised : refuse('invalidId', `${field} ${idFaultTexts[fault]}`);
  }
}

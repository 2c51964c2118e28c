import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LockHolder, parseOwner } from './owner.js';

/** A file `owner-<generation>` in the directory; who made the highest one has the directory. */
export interface OwnerFile {
  readonly generation: number;
  /** Undefined when the file cannot be understood. */
  readonly owner: LockHolder | undefined;
}

const pattern = /^owner-(\d{1,15})$/;

/** The file of the highest generation, if there is any. */
export const highestOwnerFile = (directory: string): OwnerFile | undefined => {
  for (;;) {
    const generation = generationsIn(directory).reduce((highest, next) => Math.max(highest, next), 0);
    if (generation === 0) return undefined;
    const text = textOf(pathOf(directory, generation));
    // Gone since the directory was listed: somebody gave it back, or a newer owner tidied up.
    if (text !== undefined) return { generation, owner: parseOwner(text) };
  }
};

/** Makes the file, whole from its first moment on. False when that generation is there already. */
export const makeOwnerFile = (directory: string, generation: number, owner: LockHolder): boolean => {
  const draft = join(directory, `owner.${String(owner.token)}.draft`);
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    linkSync(draft, pathOf(directory, generation));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

export const removeOwnerFile = (directory: string, generation: number): void => {
  rmSync(pathOf(directory, generation), { force: true });
};

/** Removes what owners of earlier generations left behind. */
export const tidyOwnerFiles = (directory: string, current: number, socketNameOf: (token: number) => string): void => {
  for (const generation of generationsIn(directory)) {
    if (generation >= current) continue;
    const text = textOf(pathOf(directory, generation));
    const owner = text === undefined ? undefined : parseOwner(text);
    if (owner !== undefined) rmSync(join(directory, socketNameOf(owner.token)), { force: true });
    removeOwnerFile(directory, generation);
  }
};

const generationsIn = (directory: string): readonly number[] =>
  readdirSync(directory).flatMap((name) => {
    const generation = pattern.exec(name)?.[1];
    return generation === undefined ? [] : [Number(generation)];
  });

const pathOf = (directory: string, generation: number): string => join(directory, `owner-${String(generation)}`);

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

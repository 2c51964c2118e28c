import { BursarError } from './bursar-error.js';

/** An answer of the service, before anything is known of it. */
export type Json = Readonly<Record<string, unknown>>;

/** Readers of single fields: what is not there, or is something else, makes the answer unreadable. */
export const objectIn = (value: unknown): Json => {
  if (isObject(value)) return value;
  throw unreadableAnswer('an object is missing');
};

export const textIn = (json: Json, name: string): string => {
  const value = json[name];
  if (typeof value === 'string') return value;
  throw unreadableAnswer(`${name} is no text`);
};

export const numberIn = (json: Json, name: string): number => {
  const value = json[name];
  if (typeof value === 'number') return value;
  throw unreadableAnswer(`${name} is no number`);
};

/** The objects in a list. */
export const objectsIn = (json: Json, name: string): readonly Json[] => {
  const value = json[name];
  if (Array.isArray(value)) return value.map(objectIn);
  throw unreadableAnswer(`${name} is no list`);
};

export const oneOf = <Name extends string>(json: Json, name: string, names: readonly Name[]): Name => {
  const found = names.find((known) => known === json[name]);
  if (found !== undefined) return found;
  throw unreadableAnswer(`${name} is none of ${names.join(', ')}`);
};

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param what it is that is missing or something else */
export const unreadableAnswer = (what: string): BursarError =>
  new BursarError(0, 'unreadableAnswer', `What answers there does not answer like Bursar: ${what}.`);

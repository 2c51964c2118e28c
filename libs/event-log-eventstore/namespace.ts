const pattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The names under which one Bursar's events lie in an event store that others use, too. */
export interface Namespace {
  /** What every stream of ours begins with: no other namespace's streams do. */
  readonly prefix: string;
  /** The name in the event store of a stream of the log. */
  streamOf(stream: string): string;
  /** The stream of the log, from its name in the event store. */
  nameOf(stream: string): string;
  /** Where every start leaves an event, to see whether it can. Not part of the log either. */
  readonly startStream: string;
  /** The stream with the parts of a large append. It does not begin with the prefix: only events are followed. */
  partsOf(appendId: string): string;
}

/** @param name lower-case letters, digits and hyphens; throws `RangeError` for any other */
export const namespace = (name: string): Namespace => {
  if (!pattern.test(name)) {
    throw new RangeError(`The namespace "${name}" must be 1 to 63 lower-case letters, digits and hyphens.`);
  }
  const prefix = `${name}:`;
  return {
    prefix,
    startStream: `${name}.start`,
    streamOf: (stream) => prefix + stream,
    nameOf: (stream) => stream.slice(prefix.length),
    partsOf: (appendId) => `${name}.parts:${appendId}`,
  };
};

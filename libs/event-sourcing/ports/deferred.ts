/** Something that is told once and awaited by whoever has to know. What is told after the first is not heard. */
export interface Deferred<T> {
  readonly told: Promise<T>;
  readonly tell: (what: T) => void;
}

export const deferred = <T>(): Deferred<T> => {
  let tell: (what: T) => void = () => undefined;
  const told = new Promise<T>((resolve) => (tell = resolve));
  return { told, tell };
};

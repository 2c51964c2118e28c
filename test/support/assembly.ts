import 'reflect-metadata';
import { z } from 'zod';

/** A class that can be asked for, also an abstract one. */
type Type<T> = abstract new (...given: never[]) => T;

const types = z.array(z.custom<Type<object>>((value) => typeof value === 'function'));

/**
 * Puts classes together as Nest does, by the types of their constructors, one of each: what tests run without the
 * service's container, several times in one process. What is not a class of ours (a port, a view) is provided first.
 */
export class Assembly {
  readonly #made = new Map<unknown, object>();

  /** @param type what it is asked for by */
  provide = <T extends object>(type: Type<T>, instance: T): this => {
    this.#made.set(type, instance);
    return this;
  };

  /** Asked for by its own class. */
  provideInstance(instance: object): this {
    this.#made.set(instance.constructor, instance);
    return this;
  }

  /** Made with everything it needs, if it is not there yet. */
  get = <T extends object>(type: Type<T>): T => {
    const made = this.#made.get(type) ?? this.make(type);
    if (!(made instanceof type)) throw new Error(`What is provided as ${type.name} is none.`);
    this.#made.set(type, made);
    return made;
  };

  /** A new one, whether or not there is one already; what it needs is there once. */
  make = <T extends object>(type: Type<T>): T => {
    const made = this.#construct(type);
    if (!(made instanceof type)) throw new Error(`${type.name} makes something else.`);
    return made;
  };

  #construct(type: Type<object>): object {
    const needed = types.parse(Reflect.getMetadata('design:paramtypes', type) ?? []);
    if (needed.length < type.length) throw new Error(`${type.name} does not say what it needs: provide it.`);
    const made: unknown = Reflect.construct(
      type,
      needed.map((one) => this.get(one)),
    );
    if (typeof made !== 'object' || made === null) throw new Error(`${type.name} makes no object.`);
    return made;
  }
}

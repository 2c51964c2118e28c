/** The classes of what a handler is given. */
export type InjectedClasses<Given extends readonly unknown[]> = {
  readonly [Each in keyof Given]: abstract new (...given: never[]) => Given[Each];
};

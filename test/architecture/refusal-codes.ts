/** What one library declares and says about refusals. */
export interface LibraryCodes {
  readonly library: string;
  /** The codes of its `*.codes.ts`. */
  readonly declared: readonly string[];
  /** Its other sources without the specs, as one text. */
  readonly source: string;
}

/**
 * Says what is wrong with the codes of a house: each is declared by one library, which uses it, and has a status. The
 * kernel declares what several libraries refuse with: there it counts that two of them do.
 */
export const codeFaults = (libraries: readonly LibraryCodes[], withStatus: readonly string[]): readonly string[] => {
  const declared = libraries.flatMap((each) => each.declared.map((code) => ({ code, ...each })));
  const declarers = (code: string) => declared.filter((each) => each.code === code).map(({ library }) => library);
  return [
    ...withStatus.flatMap((code) =>
      declarers(code).length === 0 ? [`${code} has a status, and no library declares it`] : [],
    ),
    ...[...new Set(declared.map(({ code }) => code))].flatMap((code) => [
      ...(declarers(code).length > 1 ? [`${code} is declared twice: ${declarers(code).join(', ')}`] : []),
      ...(withStatus.includes(code) ? [] : [`${code} of ${declarers(code).join(', ')} has no status`]),
    ]),
    ...declared.flatMap(({ code, library, source }) =>
      source.includes(`'${code}'`) || (library === 'kernel' && refusers(libraries, code) > 1)
        ? []
        : [`${code} is declared by ${library} and not used there`],
    ),
    ...libraries.flatMap(({ library, source }) =>
      refusedIn(source).flatMap((code) =>
        declarers(code).length === 0 ? [`${library} refuses with ${code}, and no library declares it`] : [],
      ),
    ),
  ];
};

const refusers = (libraries: readonly LibraryCodes[], code: string): number =>
  libraries.filter(({ source }) => refusedIn(source).includes(code)).length;

const refusedIn = (source: string): readonly string[] =>
  [...source.matchAll(/\brefuse\(\s*'(\w+)'/g)].map(([, code]) => code);

/** The command cannot be carried out as it was given: a sentence that says what to change. Exit code 2. */
export class WrongUse extends Error {}

/** The import stopped before its end: a sentence that says why and what to do. Exit code 1. */
export class ImportFailed extends Error {}

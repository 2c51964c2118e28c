/** What groups, users and ids are refused with. */
export const directoryCodes = ['unknownGroup', 'invalidId'] as const;
export type DirectoryCode = (typeof directoryCodes)[number];

/** What is refused about API keys. */
export const accessCodes = ['unknownApiKey', 'lastOwnerKey'] as const;
export type AccessCode = (typeof accessCodes)[number];

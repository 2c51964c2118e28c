export const loadDemo = (_app: unknown): Promise<void> => Promise.resolve();

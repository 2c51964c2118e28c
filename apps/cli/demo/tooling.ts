import type { Family } from './fleet.js';

/** A plugin, the connectors it loads, and its version: the second one since so many days. */
export interface Plugin {
  readonly versions: readonly [before: string, since: string];
  readonly upgradedDaysAgo: number;
  readonly connectors: readonly string[];
}

export const plugins: Readonly<Record<string, Plugin>> = {
  'repo-tools': { versions: ['4.1.0', '4.2.0'], upgradedDaysAgo: 52, connectors: ['git-host', 'build-farm'] },
  observability: { versions: ['1.3.2', '1.4.0'], upgradedDaysAgo: 33, connectors: ['metrics', 'log-search'] },
  ledger: { versions: ['2.0.1', '2.0.2'], upgradedDaysAgo: 61, connectors: ['ledger-db', 'bank-files'] },
  warehouse: { versions: ['3.7.0', '3.8.0'], upgradedDaysAgo: 24, connectors: ['warehouse-sql', 'sheets'] },
  'device-lab': { versions: ['0.9.4', '1.0.0'], upgradedDaysAgo: 45, connectors: ['device-farm'] },
  'crm-sync': { versions: ['1.8.0', '1.9.0'], upgradedDaysAgo: 19, connectors: ['crm', 'mail'] },
  'help-desk': { versions: ['5.5.0', '5.6.1'], upgradedDaysAgo: 38, connectors: ['tickets', 'chat'] },
  'web-reader': { versions: ['2.2.0', '2.3.0'], upgradedDaysAgo: 29, connectors: ['web', 'papers'] },
  'site-tools': { versions: ['1.1.0', '1.2.0'], upgradedDaysAgo: 57, connectors: ['site-cms', 'web'] },
};

/** `name@version`, as it was so many days ago. */
export const pluginOn = (name: string, daysAgo: number): string => {
  const { versions, upgradedDaysAgo } = plugins[name];
  return `${name}@${versions[daysAgo < upgradedDaysAgo ? 1 : 0]}`;
};

export const tools = ['read-file', 'edit-file', 'run-tests', 'shell', 'sql', 'fetch-page', 'image-render'];

/** Each family's models, newest first, with the day from which there is a built-in price. */
const models: Readonly<Record<Family, readonly (readonly [model: string, from: string])[]>> = {
  fable: [
    ['claude-fable-5-1', '2026-09-01'],
    ['claude-fable-5', '2026-01-01'],
  ],
  opus: [
    ['claude-opus-5-5', '2026-09-23'],
    ['claude-opus-5', '2026-01-01'],
  ],
  sonnet: [
    ['claude-sonnet-5-5', '2026-09-29'],
    ['claude-sonnet-5', '2026-01-01'],
  ],
  haiku: [
    ['claude-haiku-5-5', '2026-10-08'],
    ['claude-haiku-4-5-20251001', '2026-01-01'],
  ],
  acme: [['acme-coder-1', '2026-01-01']],
};

/** The model a family uses on a day (`yyyy-MM-dd`): the newest that has a price by then, else its oldest. */
export const modelOn = (family: Family, date: string): string => {
  const known = models[family];
  const [model] = known.find(([, from]) => date >= from) ?? known[known.length - 1];
  return model;
};

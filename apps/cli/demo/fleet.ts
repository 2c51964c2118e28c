import type { Weighted } from './prng.js';

export type Family = 'fable' | 'opus' | 'sonnet' | 'haiku' | 'acme';

/** A group, what it works with, and who is in it. */
export interface Team {
  readonly groupId: string;
  readonly name: string;
  /** Records of a plain workday, schedules apart: its daily budget. */
  readonly recordsPerWorkday: number;
  readonly models: readonly Weighted<Family>[];
  readonly skills: readonly string[];
  readonly plugins: readonly string[];
  /** Share of records that read many sources into a long context. */
  readonly longContext: number;
  /** Full names, the busiest first. */
  readonly members: readonly string[];
}

const builders: readonly Weighted<Family>[] = [
  ['opus', 4],
  ['sonnet', 6],
  ['haiku', 2],
];
const writers: readonly Weighted<Family>[] = [
  ['opus', 1],
  ['sonnet', 5],
  ['haiku', 4],
];
const thinkers: readonly Weighted<Family>[] = [
  ['fable', 2],
  ['opus', 5],
  ['sonnet', 4],
];

/** Eight groups of ten. */
export const teams: readonly Team[] = [
  {
    groupId: 'platform',
    name: 'Platform',
    recordsPerWorkday: 360,
    models: builders,
    skills: ['code-review', 'incident-triage', 'dependency-upgrade', 'write-tests'],
    plugins: ['repo-tools', 'observability'],
    longContext: 0.03,
    members: names(
      'Ana Ruiz, Bela Kovacs, Chidi Obi, Dana Weiss, Emil Strand, Farah Aziz, Goran Ilic, Hana Mori, Ivo Lang, Jana Petr',
    ),
  },
  {
    groupId: 'payments',
    name: 'Payments',
    recordsPerWorkday: 205,
    models: builders,
    skills: ['code-review', 'write-tests', 'ledger-reconcile', 'fraud-review'],
    plugins: ['repo-tools', 'ledger'],
    longContext: 0.03,
    members: names(
      'Karl Voss, Lena Brandt, Milo Rossi, Nadia Haddad, Oskar Lind, Petra Novak, Quentin Roy, Rosa Diaz, Sven Dahl, Tara Singh',
    ),
  },
  {
    groupId: 'search',
    name: 'Search',
    recordsPerWorkday: 285,
    models: builders,
    skills: ['code-review', 'query-analysis', 'write-tests'],
    plugins: ['repo-tools', 'warehouse'],
    longContext: 0.05,
    members: names(
      'Uma Rao, Viktor Holm, Wanda Zielinski, Xavier Blanc, Yara Costa, Zoe Martin, Aron Levi, Bianca Serra, Cem Kaya, Delia Popa',
    ),
  },
  {
    groupId: 'mobile',
    name: 'Mobile',
    recordsPerWorkday: 245,
    models: [...builders, ['acme', 1]],
    skills: ['code-review', 'write-tests', 'release-notes'],
    plugins: ['repo-tools', 'device-lab'],
    longContext: 0.02,
    members: names(
      'Egon Falk, Fiona Byrne, Gita Patel, Henrik Moe, Ines Lopez, Jonas Berg, Kaya Demir, Liam Walsh, Mina Park, Nils Aas',
    ),
  },
  {
    groupId: 'growth',
    name: 'Growth',
    recordsPerWorkday: 225,
    models: writers,
    skills: ['campaign-draft', 'query-analysis', 'lead-research'],
    plugins: ['crm-sync', 'warehouse'],
    longContext: 0.04,
    members: names(
      'Olga Frey, Pavel Marek, Qira Stone, Rafael Gil, Selma Juhl, Tomas Vega, Ulla Hansen, Vera Toth, Willem Bos, Xenia Doukas',
    ),
  },
  {
    groupId: 'support',
    name: 'Support',
    recordsPerWorkday: 320,
    models: writers,
    skills: ['ticket-reply', 'ticket-triage', 'knowledge-lookup'],
    plugins: ['help-desk', 'crm-sync'],
    longContext: 0.02,
    members: names(
      'Yusuf Celik, Zita Kiss, Alma Nilsen, Boris Jovic, Carla Pinto, Dario Conti, Elif Aydin, Felix Otto, Greta Sand, Hugo Lemaire',
    ),
  },
  {
    groupId: 'research',
    name: 'Research',
    recordsPerWorkday: 190,
    models: thinkers,
    skills: ['deep-research', 'paper-digest', 'query-analysis'],
    plugins: ['web-reader', 'warehouse'],
    longContext: 0.15,
    members: names(
      'Irma Sole, Jakub Wrona, Kira Neumann, Luca Ferri, Maya Cohen, Noel Baker, Odile Petit, Piet Jansen, Ravi Menon, Sofia Lund',
    ),
  },
  {
    groupId: 'docs',
    name: 'Documentation',
    recordsPerWorkday: 120,
    models: writers,
    skills: ['doc-edit', 'release-notes', 'translate'],
    plugins: ['site-tools', 'repo-tools'],
    longContext: 0.03,
    members: names(
      'Thea Vogt, Udo Kern, Vito Greco, Wilma Arendt, Xander Smit, Ylva Ek, Zeno Moser, Anton Reiss, Britta Kuhn, Clara Jensen',
    ),
  },
];

function names(list: string): readonly string[] {
  return list.split(', ');
}

/** `u-` and the first name, which is nobody else's. */
export const userIdOf = (fullName: string): string => `u-${fullName.split(' ')[0].toLowerCase()}`;

export const emailOf = (fullName: string): string => `${fullName.toLowerCase().replace(' ', '.')}@example.com`;

import { refuse } from '#kernel/refusal.js';

export const unknownGroup = refuse(
  'unknownGroup',
  'Nobody has named this group: a record, a membership or PUT /groups/{id} does.',
);

import type { Proposal } from './stand-in-store.js';

/** An event of another application in the same store; each number is another one. */
export const foreign = (index: number): Proposal => ({
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  type: 'OrderPlaced',
  contentType: 'application/json',
  data: Buffer.from('{"order":1}'),
  metadata: Buffer.from(''),
});

import {
  placeIndexContract,
  placeIndexIsAMap,
  type PlaceIndexHarness,
} from '#test/contracts/location-index.contract.js';
import { MemoryLocationIndex } from './location-index.js';

const makeHarness = async (): Promise<PlaceIndexHarness> => ({
  open: async (manifest) => new MemoryLocationIndex(manifest),
  dispose: async () => undefined,
});

placeIndexContract('the memory adapter', makeHarness);
placeIndexIsAMap('the memory adapter', makeHarness, 200);

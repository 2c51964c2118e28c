import { placeIndexContract, placeIndexIsAMap, type PlaceIndexHarness } from '#test/contracts/place-index.contract.js';
import { MemoryPlaceIndex } from './place-index.js';

const makeHarness = async (): Promise<PlaceIndexHarness> => ({
  open: async (manifest) => new MemoryPlaceIndex(manifest),
  dispose: async () => undefined,
});

placeIndexContract('the memory adapter', makeHarness);
placeIndexIsAMap('the memory adapter', makeHarness, 200);

import { StandIn } from './stand-in.js';

/** Runs with a stand-in for an event store, which is gone afterwards. */
export const withStandIn = async (run: (standIn: StandIn) => Promise<void>): Promise<void> => {
  const standIn = await StandIn.start();
  try {
    await run(standIn);
  } finally {
    await standIn.stop();
  }
};

/** The settings of a service that keeps its log there. */
export const sharing = (standIn: StandIn, name?: string): NodeJS.ProcessEnv => ({
  BURSAR_EVENT_STORE: standIn.connectionString,
  ...(name !== undefined && { BURSAR_PROCESS: name }),
});

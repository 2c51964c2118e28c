import { openConnection } from './client.js';
import type { Connection } from './client.js';

const everyMs = 20;
const connections = 16;

/** What probes measured, and how many could not begin because too many were still running. */
export interface Probed {
  readonly latenciesMs: Float64Array;
  readonly dropped: number;
}

/**
 * Probes a loaded service 50 times a second, whatever the answers do. A probe that is still running when the next one
 * is due is not waited for: a connection of its own takes over, up to a bound.
 *
 * @param probe what one probe does; it answers with milliseconds
 */
export const probing = async (
  port: number,
  seconds: number,
  probe: (connection: Connection, number: number) => Promise<number>,
): Promise<Probed> => {
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const free = [...opened];
  const latenciesMs: number[] = [];
  const running: Promise<void>[] = [];
  let dropped = 0;
  for (let number = 0; number < probesIn(seconds); number++) {
    const connection = free.pop();
    if (connection === undefined) dropped++;
    else {
      const probed = probe(connection, number).then((ms) => {
        latenciesMs.push(ms);
        free.push(connection);
      });
      running.push(probed);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  await Promise.all(running);
  for (const connection of opened) connection.close();
  return { latenciesMs: Float64Array.from(latenciesMs), dropped };
};

/** How many probes begin in so many seconds. */
export const probesIn = (seconds: number): number => (seconds * 1_000) / everyMs;

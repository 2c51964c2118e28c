import { StandIn } from '#test/eventstore/stand-in.js';

// The stand-in for an event store, in a process of its own: what it costs must not be taken from who is measured.
const standIn = await StandIn.start();
process.send?.({ connectionString: standIn.connectionString });

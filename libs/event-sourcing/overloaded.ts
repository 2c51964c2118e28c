/** Backpressure: too much is under way: the sender should wait a second and send the same again. */
export class Overloaded extends Error {}

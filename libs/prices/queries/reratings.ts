/** Brings records to a price that was published after they were rated. Metering, which has the records, does. */
export abstract class Reratings {
  /**
   * Begins the job that brings records to a publication, unless one has.
   *
   * @returns its id; undefined if there is nothing to re-rate
   */
  abstract begin(priceVersion: string): Promise<string | undefined>;
}

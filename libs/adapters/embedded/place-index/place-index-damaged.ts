/**
 * The files of the index are not what their manifest says: one is missing, cut short or changed. The log has
 * everything that was in them: whoever catches this starts with an empty index and reads the log from its beginning.
 */
export class PlaceIndexDamaged extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'PlaceIndexDamaged';
  }
}

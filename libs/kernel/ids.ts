/** Longest id or name, in UTF-16 code units. */
export const maxTextLength = 255;

/** What is wrong with a text as a new id. */
export type IdFault = 'empty' | 'tooLong' | 'controlCharacter' | 'loneSurrogate' | 'outerBlank' | 'invisibleCharacter';

/** C0 and C1 control characters. */
export const controlCharacter = /\p{Cc}/u;
const outerBlank = /^[\p{White_Space}\u2800]|[\p{White_Space}\u2800]$/u;
/**
 * What shows nothing, or shows what a plain space does: format characters (joiners, direction marks, the byte order
 * mark), whatever renderers may ignore (variation selectors, fillers, tags), and blanks other than U+0020.
 */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]|[^\P{White_Space} ]/u;

/**
 * Whether nothing has to be decided about an id: printable ASCII without a space at either end is as it should be. Cheap,
 * and asked for every id of every record.
 */
export const isPlainId = (text: string): boolean => {
  const { length } = text;
  // Not a regular expression: most ids are short, and a call of one costs more than reading them.
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < space || code > lastPrintable) return false;
  }
  return text.charCodeAt(0) !== space && text.charCodeAt(length - 1) !== space;
};
const space = 0x20;
const lastPrintable = 0x7e;

/** An id in the one form in which a new one is stored: NFC. What is wrong with it is for `idFault` to say. */
export const normaliseId = (text: string): string => (isPlainId(text) ? text : text.normalize('NFC'));

/** Why a normalised text cannot be a new id, or undefined. Case counts, and so does every character that shows. */
export const idFault = (normalised: string): IdFault | undefined => {
  if (normalised.length === 0) return 'empty';
  if (normalised.length > maxTextLength) return 'tooLong';
  return isPlainId(normalised) ? undefined : faults.find(([isFound]) => isFound(normalised))?.[1];
};

const faults: readonly (readonly [isFound: (text: string) => boolean, fault: IdFault])[] = [
  [(text) => controlCharacter.test(text), 'controlCharacter'],
  [(text) => !text.isWellFormed(), 'loneSurrogate'],
  [(text) => outerBlank.test(text), 'outerBlank'],
  [(text) => invisible.test(text), 'invisibleCharacter'],
];

/** What to tell whoever sent it. Follows the name of a field. */
export const idFaultTexts: Readonly<Record<IdFault, string>> = {
  empty: 'is empty; an id has 1 to 255 characters.',
  tooLong: 'is longer than 255 characters.',
  controlCharacter: 'holds a control character.',
  loneSurrogate: 'holds half a surrogate pair.',
  outerBlank: 'begins or ends with a blank: it would look like another id.',
  invisibleCharacter:
    'holds a character that does not show, or a blank other than the plain space: it would look like another id.',
};

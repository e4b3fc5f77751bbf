/** A step from one text to another: how many characters are kept, how many are then dropped, and what is put there, in base64. */
export type Edit = readonly [kept: number, dropped: number, added: string];

/**
 * A text after some edits, one behind the other; what follows the last one is kept.
 *
 * @example
 * edited('abcdef', [[1, 2, btoa('x')]]); // axdef
 */
export const edited = (text: string, edits: readonly Edit[]): string => {
  let [result, at] = ['', 0];
  for (const [kept, dropped, added] of edits) {
    result += text.slice(at, at + kept) + atob(added);
    at += kept + dropped;
  }
  return result + text.slice(at);
};

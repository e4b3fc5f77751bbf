/**
 * The number of letters to insert, remove or replace to make one word of another (Levenshtein's distance).
 *
 * @example
 * editDistance('temprature', 'temperature'); // 1
 */
export const editDistance = (a: string, b: string): number => {
  // The distances of a beginning of `a` from all beginnings of `b`.
  let distances = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const letter of a) {
    const next = [distances[0]! + 1];
    for (let at = 0; at < b.length; at++) {
      const replaced = distances[at]! + (letter === b[at] ? 0 : 1);
      next.push(Math.min(next[at]! + 1, distances[at + 1]! + 1, replaced));
    }
    distances = next;
  }
  return distances[b.length]!;
};

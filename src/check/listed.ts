/** Text of any length, cut to what a message can hold. */
export const cut = (text: string, most = 80): string => {
  const chars = Array.from(text.slice(0, 2 * most));
  return chars.length <= most ? text : `${chars.slice(0, most).join('')}...`;
};

/**
 * Names in a row, of which a long list shows the first few and how many more there are.
 *
 * @example
 * listed(['mean', 'std']); // 'mean, std'
 * listed(Object.keys(weights)); // 'w0, w1, w2, w3, w4, w5, w6, w7 and 64992 more'
 */
export const listed = (names: readonly unknown[], most = 8): string => {
  const shown = Array.from(names.slice(0, most), (name) => cut(String(name), 40)).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
};

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? error.code : '';

const within = (error: Error): readonly unknown[] => [
  ...(error instanceof AggregateError ? error.errors : []),
  ...(error.cause === undefined ? [] : [error.cause]),
];

const textOf = (thrown: unknown, above: readonly unknown[]): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const [{ message }, code] = [thrown, codeOf(thrown)];
  const own = message === '' ? code || thrown.name : code === '' ? message : `${message} (${code})`;
  const path = [...above, thrown];
  // Causes may go round in a circle.
  const causes = within(thrown).flatMap((cause) => (path.includes(cause) ? [] : [textOf(cause, path)]));
  return causes.reduce((text, cause) => (text.includes(cause) ? text : `${text}: ${cause}`), own);
};

/**
 * What was thrown, in words: its message, and those of its causes. `fetch` and others say only in a cause what was
 * wrong.
 *
 * @example
 * thrownMessage(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }));
 * // 'fetch failed: connect ECONNREFUSED 127.0.0.1:1'
 */
export const thrownMessage = (thrown: unknown): string => textOf(thrown, []);

/** The part of Node's `process` that is used here. */
interface Emitter {
  readonly listeners: (event: string) => readonly ((...args: never[]) => unknown)[];
  readonly removeListener: (event: string, listener: (...args: never[]) => unknown) => unknown;
}

/** Whether a function only rethrows its argument, as Emscripten's two listeners do (one exempts its `ExitStatus`). */
const rethrows =
  /^(?:function\s*[\w$]*\s*\(\s*[\w$]+\s*\)|\(?\s*[\w$]+\s*\)?\s*=>)\s*\{\s*(?:if\s*\(\s*!\s*\(\s*[\w$]+ instanceof [\w$.]+\s*\)\s*\)\s*\{?\s*)?throw\s+[\w$]+\s*;?\s*\}?\s*\}$/;

/**
 * Removes the listeners that TensorFlow.js's wasm module adds to Node's process at startup. They only rethrow uncaught
 * errors, so that Node prints a line of their minified file, tens of thousands of characters, instead of the line that
 * failed. Without them the program still ends, with Node's own exit code 1.
 */
export const removeRethrowing = (): void => {
  const { process } = globalThis as unknown as { readonly process?: Partial<Emitter> };
  if (typeof process?.listeners !== 'function' || typeof process.removeListener !== 'function') return;
  for (const event of ['uncaughtException', 'unhandledRejection'])
    for (const listener of process.listeners(event))
      if (rethrows.test(String(listener))) process.removeListener(event, listener);
};

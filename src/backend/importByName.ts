/**
 * Imports an optional module, in Node only. The name is an argument, so that bundlers for browsers do not resolve it:
 * they would inline a constant.
 *
 * @example
 * const { create } = (await importByName('webgpu')) as Dawn;
 */
export const importByName = (name: string): Promise<unknown> =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ name);

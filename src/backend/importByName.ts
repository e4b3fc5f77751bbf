/**
 * Imports a module that only some programs have or want, in Node alone. The name is an argument, so that no bundler
 * for browsers can read it: a constant would be put in its place.
 *
 * @example
 * const { create } = (await importByName('webgpu')) as Dawn;
 */
export const importByName = (name: string): Promise<unknown> =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ name);

import { resolve, sep } from 'node:path';

/** A Rolldown plugin. */
export interface GradientsInEntriesPlugin {
  readonly name: string;
  readonly transform: (code: string, id: string) => string | null;
}

/**
 * Lets every entry of the package import src/backend first, so that a program which imports one subpath alone
 * has tfjs-core's gradients too. A folder's index.ts itself only re-exports, and src/tree may not import upwards.
 *
 * @param entries the entry files, relative to the root of the repository
 */
export const gradientsInEntries = (entries: readonly string[]): GradientsInEntriesPlugin => {
  const files = new Set(entries.map((entry) => resolve(entry)));
  const backend = JSON.stringify(resolve('src/backend/index.ts').split(sep).join('/'));
  return {
    name: 'gradients-in-entries',
    transform: (code, id) => (files.has(id) ? `import ${backend};\n${code}` : null),
  };
};

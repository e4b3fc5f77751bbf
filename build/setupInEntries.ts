import type { Rolldown } from 'vite';

const importFirst = (code: string): string => `import "./setup.mjs";\n${code}`;

const requireFirst = (code: string): string =>
  code.replace(/^Object\.defineProperty\(exports, Symbol\.toStringTag.*\n|^/m, '$&require("./setup.cjs");\n');

/**
 * Lets entries of the package load `setup` first, so that a program which imports one subpath alone has the gradients and
 * kernels too. The import is in the entry's own file, which package.json lists as having side effects: bundlers keep it.
 *
 * @param entries the names of the entries
 */
export const setupInEntries = (entries: readonly string[]): Rolldown.Plugin => ({
  name: 'setup-in-entries',
  generateBundle(_, bundle) {
    for (const output of Object.values(bundle)) {
      if (output.type !== 'chunk') continue;
      const [, name, kind] = /^(\w+)\.([cm])js$/.exec(output.fileName) ?? [];
      if (name === undefined || !entries.includes(name)) continue;
      output.code = (kind === 'c' ? requireFirst : importFirst)(output.code);
    }
  },
});

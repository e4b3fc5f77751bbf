import type { DeclarationsPlugin } from './declarationsWithoutRuntime.ts';
import { subpaths } from './subpaths.ts';

/**
 * The root's declarations import those of the subpaths. The root does not export every type that an inferred one is made
 * of, and TypeScript names such a type in a program's own declarations only by an entry of the package that it has read:
 * with these imports it writes `import("tfjs-bayesian/layers").ChainWeights`, and without them it is an error, TS2883.
 */
export const subpathsInDeclarations = (): DeclarationsPlugin => ({
  name: 'subpaths-in-declarations',
  generateBundle: (_, bundle) => {
    for (const [name, output] of Object.entries(bundle)) {
      const [, kind] = /^index\.d\.([cm])ts$/.exec(name) ?? [];
      if (kind === undefined || output.code === undefined) continue;
      const imports = subpaths.map((subpath) => `import "./${subpath}.${kind}js";`);
      output.code = [...imports, output.code].join('\n');
    }
  },
});

import type { Origins } from './names.ts';

const outside: Origins = new Map([
  ['tf', "import * as tf from '@tensorflow/tfjs-core';"],
  ['E', "import * as E from 'fp-ts/lib/Either.js';"],
]);

/** The imports of the library's public names, those of its namespaces by the namespace, and of what goes with it. */
export const findOrigins = (names: readonly string[]): Origins =>
  new Map([
    ...outside,
    ...names.map((name) => {
      const [own = ''] = name.split('.');
      return [own, `import { ${own} } from 'tfjs-bayesian';`] as const;
    }),
  ]);

import { resolve } from 'node:path';
import type { Rolldown } from 'vite';

/** The entries between which Node and bundlers for pages choose, by `imports` in package.json. */
export const kernelSets = {
  kernelSets: 'src/backend/kernelSets.ts',
  kernelSetsOnDemand: 'src/backend/kernelSetsOnDemand.ts',
} as const;

const name = '#kernelSets';

/**
 * Leaves it to whoever loads the package whether the kernels come at once, as in Node, or with the backend that needs them:
 * imports of `kernelSets.ts` become imports of `#kernelSets`.
 */
export const kernelsOnDemand = (): Rolldown.Plugin => {
  const chosen = resolve(kernelSets.kernelSets);
  return {
    name: 'kernels-on-demand',
    resolveId: async function (id, importer, { isEntry }) {
      if (isEntry || importer === undefined || !/\/kernelSets\.ts$/.test(id)) return null;
      const found = await this.resolve(id, importer, { skipSelf: true });
      return found?.id === chosen ? { id: name, external: true } : null;
    },
  };
};

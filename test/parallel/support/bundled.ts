import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { compileKernels } from '../../../build/compileKernels.ts';
import { compileThread } from '../../../build/compileThread.ts';
import { coreGradients } from '../../../build/coreGradients.ts';

/** A script made of sources, as a program bundles itself. */
export interface Script {
  readonly path: string;
  readonly remove: () => void;
}

/** Bundles a file for Node, where it has packages around it. Another version of the library can be put in. */
export const bundled = async (file: string, version = '0.0.0-test'): Promise<Script> => {
  const cache = resolve('node_modules/.cache/tfjs-bayesian');
  mkdirSync(cache, { recursive: true });
  const outDir = mkdtempSync(join(cache, 'script-'));
  await build({
    configFile: false,
    logLevel: 'error',
    // What package.json says of side effects is about the files in dist.
    plugins: [coreGradients(), { name: 'effects', transform: (code) => ({ code, moduleSideEffects: true }) }],
    define: {
      __TFJS_BAYESIAN_KERNELS__: JSON.stringify(await compileKernels()),
      __TFJS_BAYESIAN_THREAD__: JSON.stringify(await compileThread()),
      __TFJS_BAYESIAN_VERSION__: JSON.stringify(version),
    },
    build: {
      outDir,
      ssr: file,
      target: 'es2022',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'script.mjs' } },
    },
  });
  return { path: join(outDir, 'script.mjs'), remove: () => rmSync(outDir, { recursive: true }) };
};

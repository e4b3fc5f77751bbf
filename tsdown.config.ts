import { defineConfig } from 'tsdown';
import { compileKernels } from './build/compileKernels.ts';
import { compileThread } from './build/compileThread.ts';
import { coreGradients } from './build/coreGradients.ts';
import { declarationsWithoutRuntime } from './build/declarationsWithoutRuntime.ts';
import { gradientsInEntries } from './build/gradientsInEntries.ts';
import { subpaths } from './build/subpaths.ts';
import { subpathsInDeclarations } from './build/subpathsInDeclarations.ts';
import { version } from './build/version.ts';

const entry = {
  index: 'src/index.ts',
  ...Object.fromEntries(subpaths.map((name) => [name, `src/${name}/index.ts`])),
  // Not an entry of the package: the script of the threads that src/parallel/threads.ts starts.
  parallelWorker: 'src/parallel/nodeWorker.ts',
};

/** The command of the package, which starts with a line for the shell. */
const command = { command: 'src/parallel/queue/command.ts' };

export default defineConfig({
  entry: { ...entry, ...command },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  fixedExtension: true,
  define: {
    __TFJS_BAYESIAN_KERNELS__: JSON.stringify(await compileKernels()),
    __TFJS_BAYESIAN_THREAD__: JSON.stringify(await compileThread()),
    __TFJS_BAYESIAN_VERSION__: JSON.stringify(version),
  },
  // tsdown runs the plugins below for everything but the CommonJS declarations, where these are needed.
  inputOptions: (options, format, { cjsDts }) => ({
    ...options,
    // In place of a `require` of Node's module `url`, which a bundler for browsers would look for.
    transform: {
      ...options.transform,
      define: {
        ...options.transform?.define,
        ...(format === 'cjs' && { 'import.meta.url': '__filename' }),
      },
    },
    checks: { ...options.checks, pluginTimings: false },
    plugins: cjsDts
      ? [options.plugins, declarationsWithoutRuntime(), subpathsInDeclarations()]
      : options.plugins,
  }),
  deps: {
    neverBundle: [
      '@tensorflow/tfjs-core',
      /^fp-ts(\/|$)/,
      'cli-progress',
      'fastest-levenshtein',
      'workerpool',
    ],
    alwaysBundle: [/^@tensorflow\/tfjs-core\/dist\//],
    // Nothing else from node_modules may slip in.
    onlyBundle: [],
  },
  plugins: [coreGradients(), gradientsInEntries(Object.values(entry)), subpathsInDeclarations()],
});

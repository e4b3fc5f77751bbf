import { defineConfig } from 'tsdown';
import { compileKernels } from './build/compileKernels.ts';
import { compileThread } from './build/compileThread.ts';
import { coreGradients } from './build/coreGradients.ts';
import { declarationsWithoutRuntime } from './build/declarationsWithoutRuntime.ts';
import { kernelSets, kernelsOnDemand } from './build/kernelsOnDemand.ts';
import { namespacesInRoot } from './build/namespacesInRoot.ts';
import { pureConstants } from './build/pureConstants.ts';
import { setupInEntries } from './build/setupInEntries.ts';
import { subpaths } from './build/subpaths.ts';
import { subpathsInDeclarations } from './build/subpathsInDeclarations.ts';
import { treeShakenFpTs } from './build/treeShakenFpTs.ts';
import { version } from './build/version.ts';

/** The entries of the package. */
const exported = {
  index: 'src/index.ts',
  ...Object.fromEntries(subpaths.map((name) => [name, `src/${name}/index.ts`])),
};

/** Files that keep their names, though no program imports them. */
const internal = {
  // What importing the package does: package.json lists it as having side effects.
  setup: 'src/backend/setup.ts',
  // The script of the threads that src/parallel/threads.ts starts.
  parallelWorker: 'src/parallel/nodeWorker.ts',
  // The command of the package, which starts with a line for the shell.
  command: 'src/parallel/queue/command.ts',
  ...kernelSets,
};

/** `tree` and `vmap` start nothing: a program that imports them alone decides what else it loads. */
const startingWithSetup = [...Object.keys(exported), 'parallelWorker'].filter(
  (name) => name !== 'tree' && name !== 'vmap',
);

export default defineConfig({
  entry: { ...exported, ...internal },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: { entry: Object.values(exported) },
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
  // Training asks whether this is Node; writing files is for those who save, which a page may never load.
  outputOptions: { codeSplitting: { groups: [{ name: 'node', test: /\/src\/files\/node\.ts$/ }] } },
  deps: {
    neverBundle: ['@tensorflow/tfjs-core', 'cli-progress', 'workerpool'],
    // Declarations import the types of fp-ts.
    alwaysBundle: (id, importer) =>
      id.startsWith('@tensorflow/tfjs-core/dist/') ||
      (id.startsWith('fp-ts/') && !/\.d\.[cm]?ts$/.test(importer ?? '')),
    // Nothing else from node_modules may slip in.
    onlyBundle: [],
  },
  // What package.json says of side effects is about the files in dist.
  treeshake: { moduleSideEffects: (id) => /\/src\/[^.]*\.ts$/.test(id) || undefined },
  plugins: [
    coreGradients(),
    kernelsOnDemand(),
    treeShakenFpTs(),
    pureConstants(),
    namespacesInRoot(['random', 'tree']),
    setupInEntries(startingWithSetup),
    subpathsInDeclarations(),
  ],
});

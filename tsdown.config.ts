import { defineConfig } from 'tsdown';
import { coreGradients } from './build/coreGradients.ts';
import { gradientsInEntries } from './build/gradientsInEntries.ts';
import { subpaths } from './build/subpaths.ts';

const entry = {
  index: 'src/index.ts',
  ...Object.fromEntries(subpaths.map((name) => [name, `src/${name}/index.ts`])),
};

export default defineConfig({
  entry,
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  fixedExtension: true,
  inputOptions: { checks: { pluginTimings: false } },
  deps: {
    neverBundle: ['@tensorflow/tfjs-core', /^fp-ts(\/|$)/, 'cli-progress'],
    alwaysBundle: [/^@tensorflow\/tfjs-core\/dist\//],
    // Nothing else from node_modules may slip in.
    onlyBundle: [],
  },
  plugins: [coreGradients(), gradientsInEntries(Object.values(entry))],
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { compileKernels } from './build/compileKernels.ts';
import { coreGradients } from './build/coreGradients.ts';
import { version } from './build/version.ts';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  plugins: [coreGradients()],
  define: {
    __TFJS_BAYESIAN_KERNELS__: JSON.stringify(await compileKernels()),
    __TFJS_BAYESIAN_VERSION__: JSON.stringify(version),
  },
  resolve: {
    // The package by its own name is its source here, as in tsconfig.json; test/package tests the built one.
    alias: [
      { find: /^tfjs-bayesian$/, replacement: source('index.ts') },
      { find: /^tfjs-bayesian\/(\w+)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // test/types has nothing to run: it holds what compiles and what must not.
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], ignoreSourceErrors: true },
    // Wide limits: a test is never about how fast the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // tfjs advertises its Node backend once in every test file. (Its flag IS_TEST would quiet it, but also makes
    // it take a saved tensor on wasm, which is a copy there, for a leak.)
    onConsoleLog: (log) => !log.includes('you are running TensorFlow.js in Node.js'),
  },
});

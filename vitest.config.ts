import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { compileKernels } from './build/compileKernels.ts';
import { compileThread } from './build/compileThread.ts';
import { coreGradients } from './build/coreGradients.ts';
import { version } from './build/version.ts';
import { hasRedis } from './test/parallel/support/redisServer.ts';
import { adapterVariables } from './test/support/adapter.ts';
import { chromium, chromiumFlags } from './test/support/chromium.ts';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

const kernels = process.env.KERNELS !== 'off';

/** What properties are drawn from: SEED of the environment, in continuous integration always the same, else chance. */
const seed = Number(process.env.SEED || (process.env.CI ? 1 : Number.NaN));

/** The threads of the kernels for wasm in the suites that do not start it themselves: THREADS of the environment, else one. */
const threads = Number(process.env.THREADS || 1);

/**
 * Which build of the kernels for wasm the suites run on: SIMD of the environment, `plain` or `relaxed`, else the one for relaxed
 * SIMD where Node has it.
 */
const { SIMD: simd = '' } = process.env;

const provided = { kernels, threads, seed: Number.isNaN(seed) ? null : seed };

/** The folders of test that run on WebGPU too, in Node and in Chromium. */
const folders = [
  ...[
    'check',
    'tree',
    'ops',
    'kernels',
    'backend',
    'random',
    'metrics',
    'optimizers',
    'transforms',
    'training',
  ],
  ...['distributions', 'checkpoint', 'layers', 'support', 'plot', 'tensorflow'],
  // TensorFlow.js's own kernels do not do what `vmap` asks of them there.
  ...(kernels ? ['vmap'] : []),
];

/** What in these folders is for cpu and wasm alone. */
const elsewhere = [
  // About our kernels for wasm.
  ...['test/kernels/wasm/**', 'test/{ops/convolve,backend/useKernels}.test.ts'],
  // These start backends from nothing.
  'test/backend/startup/{startBackend,useBackend}.test.ts',
  // About modules in Node.
  ...['test/backend/oneCore.test.ts', 'test/vmap/copies.test.ts', 'test/vmap/coverage/**'],
  ...['test/tensorflow/page.test.ts', 'test/training/streamFiles.test.ts'],
  // The gradient of every operation's gradient, whose programs are compiled by the thousand: minutes on a GPU in software.
  'test/ops/gradients/again.test.ts',
  // TensorFlow.js's own kernels have fourteen of them wrong there.
  ...(kernels ? [] : ['test/ops/gradients/everyGradient.test.ts']),
  // Four hundred steps of training: minutes on a GPU in software.
  'test/training/ardRegression.test.ts',
  // About bytes: these start the backend cpu, whatever the project.
  'test/checkpoint/!(bytes|encoderLayer|layersModel*|mlp|roundTrip).test.ts',
];

/** What needs Node: lines on a terminal, files and a server of its own, MNIST as the examples read it. */
const nodeAlone = [
  ...['test/training/{progress,resume}.test.ts', 'test/checkpoint/{roundTrip,mlp}.test.ts'],
  ...['test/plot/save.test.ts', 'test/goldens/files.test.ts'],
  // Long sums, and programs by the hundred, which the project webgpu runs: a page takes several times as long for them.
  ...['test/{tensorflow,ops/gradients}/**/*.test.ts', 'test/kernels/reductions.test.ts'],
  ...['test/**/longSums.test.ts', 'test/kernels/explicitPads.test.ts', 'test/vmap/indices/*.test.ts'],
  // Statistics over hundreds of draws: the project webgpu has them on the same backend, and a page takes a minute for each.
  ...[
    'test/training/{ivon,linearRegression,fullLinearRegression}.test.ts',
    'test/transforms/estimators.test.ts',
  ],
  'test/vmap/conformance/conformance.test.ts',
  // Chains of draws and dense covariances, step by step.
  'test/transforms/{hamiltonianMonteCarlo,stickTheLanding,correlated}.test.ts',
  'test/distributions/correlated.test.ts',
];

/** What needs a browser as it starts. */
const browserAlone = ['test/backend/startup/inBrowser.test.ts'];

const include = [...folders.map((folder) => `test/${folder}/**/*.test.ts`), 'test/goldens/files.test.ts'];

/**
 * The folders whose files share one registry of modules a worker: to load TensorFlow.js and src anew takes longer than most
 * files' tests.
 */
const together = [
  ...['check', 'tree', 'files', 'ops', 'kernels', 'vmap', 'random', 'distributions', 'layers', 'transforms'],
  ...['optimizers', 'training', 'metrics', 'checkpoint', 'plot', 'misuse', 'parallel'],
];

/** What replaces modules on the backend cpu, measures the memory of wasm from its start or reads all of it each time. */
const alone = [
  'test/plot/liveReading.test.ts',
  'test/kernels/wasm/{elementwise,memory,writes}.test.ts',
  // These start wasm with memory that threads share.
  'test/kernels/wasm/threads/*.test.ts',
];

const onCpuAndWasm = {
  provide: { ...provided, backends: ['cpu', 'wasm'] },
  setupFiles: [
    'test/support/seed.ts',
    ...(simd === '' ? [] : [`test/support/simd/${simd}.ts`]),
    ...(threads > 1 ? ['test/support/threads.ts'] : []),
  ],
} satisfies TestProjectInlineConfiguration['test'];

/** Left out of the project node: what needs a server that is not installed. */
const withoutServer: readonly string[] = hasRedis ? [] : ['test/parallel/queue.test.ts'];

const node: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    ...onCpuAndWasm,
    name: 'node',
    include: together.map((folder) => `test/${folder}/**/*.test.ts`),
    exclude: ['test/kernels/webgpu/**', ...alone, ...withoutServer],
    isolate: false,
  },
};

/** About processes, modules, files of the project and the start of backends. */
const isolated: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    ...onCpuAndWasm,
    name: 'isolated',
    include: [`test/!(${together.join('|')})/**/*.test.ts`, ...alone],
    // The built site has a configuration of its own.
    exclude: [...browserAlone, 'test/site/**'],
    // A test-d.ts has nothing to run: it holds what compiles and what must not.
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], ignoreSourceErrors: true },
  },
};

/** Files that start from modules of their own: TensorFlow.js by itself would have what others registered. */
const plain = 'test/tensorflow/**/*.test.ts';

/** In Node as well as in the page: kernels, and how the backend starts. */
const inBoth = ['test/backend/**/*.test.ts', 'test/kernels/webgpu/**/*.test.ts'];

/** In continuous integration a suite runs on WebGPU once: in Chromium, which users have, or here if it needs Node. */
const leftToPage = (hasPage: boolean): boolean => hasPage && Boolean(process.env.CI);

const webgpu = (
  env: Readonly<Record<string, string>>,
  hasPage: boolean,
): readonly TestProjectInlineConfiguration[] => {
  const onWebgpu = {
    env,
    provide: { ...provided, backends: ['webgpu'] },
    setupFiles: ['test/support/seed.ts', 'test/support/webgpu/inNode.ts'],
    // After the rest: a GPU in software takes every core, and three of them at once would make each other's waits too long.
    sequence: { groupOrder: 1 },
  } satisfies TestProjectInlineConfiguration['test'];
  const notHere = [...elsewhere, ...browserAlone, ...alone];
  return [
    {
      extends: true,
      test: {
        ...onWebgpu,
        name: 'webgpu',
        include: leftToPage(hasPage) ? [...nodeAlone, ...inBoth] : include,
        exclude: [...notHere, plain],
        isolate: false,
      },
    },
    { extends: true, test: { ...onWebgpu, name: 'webgpu-alone', include: [plain], exclude: notHere } },
  ];
};

const browser = (executablePath: string): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name: 'browser',
    include,
    exclude: [...elsewhere, ...nodeAlone, ...alone],
    provide: { ...provided, backends: ['webgpu'] },
    setupFiles: ['test/support/seed.ts', 'test/support/webgpu/inBrowser.ts'],
    // A page of its own for each file takes ten seconds, in which a file's tests have run.
    isolate: false,
    browser: {
      enabled: true,
      // All pages share one GPU, which in software computes on every core: two at a time take no less.
      fileParallelism: false,
      headless: true,
      connectTimeout: 180_000,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: [...chromiumFlags] } }),
      instances: [{ browser: 'chromium' }],
    },
  },
});

const skip = (what: string, why: string): readonly TestProjectInlineConfiguration[] => {
  // Vitest reads this file once more for each project.
  const said = `TFJS_BAYESIAN_WITHOUT_${what}`;
  if (process.env[said] === undefined) console.warn(`${what}: skipped, for there is ${why}`);
  process.env[said] = why;
  return [];
};

const adapter = adapterVariables();
const executable = chromium();
if (!hasRedis) skip('queue', 'no redis-server');

export default defineConfig({
  plugins: [coreGradients()],
  define: {
    __TFJS_BAYESIAN_KERNELS__: JSON.stringify(await compileKernels()),
    __TFJS_BAYESIAN_THREAD__: JSON.stringify(await compileThread()),
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
    projects: [
      node,
      isolated,
      ...(adapter ? webgpu(adapter, executable !== undefined) : skip('webgpu', 'no adapter for WebGPU')),
      ...(executable ? [browser(executable)] : skip('browser', 'no Chromium')),
    ],
    // Two files at a time on two cores as well, where Vitest would leave one of them to itself.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Wide limits: a test is never about how fast the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // tfjs advertises its Node backend once in every test file. (Its flag IS_TEST would quiet it, but also makes
    // it take a saved tensor on wasm, which is a copy there, for a leak.)
    onConsoleLog: (log) => !log.includes('you are running TensorFlow.js in Node.js'),
  },
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileKernels } from '../../build/compileKernels.ts';
import { subpaths } from '../../build/subpaths.ts';
import { running } from '../parallel/support/process.ts';
import { hasRedis, redisServer } from '../parallel/support/redisServer.ts';
import { attempt, type Consumer, packedConsumer, run, tool, typeErrors } from './pack.ts';

const specifiers = ['tfjs-bayesian', ...subpaths.map((name) => `tfjs-bayesian/${name}`)];
/** Entries that start nothing. */
const bare = ['tfjs-bayesian/tree', 'tfjs-bayesian/vmap'];
const gradients = { square: [2, -4, 6], filter: [4, 4, 4, 4] };

let consumer: Consumer;
beforeAll(async () => {
  consumer = await packedConsumer();
  // A build, on a machine that may be busy.
}, 600_000);
afterAll(() => consumer?.remove());

const output = async (program: string, ...args: readonly string[]): Promise<unknown> =>
  JSON.parse(await run(consumer.folder, program, ...args));

describe('the packed package', () => {
  it('has the licences, and no copy of the engine or of the tensors', () => {
    for (const name of ['LICENSE', 'LICENSE-APACHE', 'NOTICE'])
      expect(existsSync(join(consumer.library, name))).toBe(true);
    const files = readdirSync(join(consumer.library, 'dist')).filter((name) => /js$/.test(name));
    const code = files.map((name) => readFileSync(join(consumer.library, 'dist', name), 'utf8')).join('\n');
    expect(code).toContain('Copyright Google LLC, Apache-2.0');
    expect(code).not.toMatch(/class (Engine|Tensor|Environment)\b/);
  });

  it('lists as having side effects the files that have them, which are there', () => {
    const { sideEffects } = JSON.parse(readFileSync('package.json', 'utf8')) as { sideEffects: string[] };
    const names = sideEffects.map((pattern) => pattern.replace(/^\.\/dist\/(\w+)\.\*$/, '$1'));
    const started = specifiers
      .filter((name) => !bare.includes(name))
      .map((name) => name.split('/')[1] ?? 'index');
    const internal = ['setup', 'kernelSetsOnDemand', 'parallelWorker', 'command'];
    expect([...names].sort()).toEqual([...started, ...internal].sort());
    for (const name of names)
      for (const kind of ['mjs', 'cjs'])
        expect(existsSync(join(consumer.library, 'dist', `${name}.${kind}`))).toBe(true);
  });

  it.concurrent.each(bare)(
    'brings nothing of gradients or kernels when Node imports %s alone',
    async (specifier) => {
      const expected = { gradients: 0, kernels: [], names: true };
      expect(await output('bare.mjs', specifier)).toEqual(expected);
      expect(await output('bare.cjs', specifier)).toEqual(expected);
      expect(await output('esm.mjs', specifier, 'tfjs-bayesian/backend')).toEqual({
        ...gradients,
        names: true,
      });
    },
  );

  it.concurrent.each(specifiers.filter((name) => !bare.includes(name)))(
    'brings the gradients when Node imports %s alone',
    async (specifier) => {
      const expected = { ...gradients, names: true };
      expect(await output('esm.mjs', specifier)).toEqual(expected);
      expect(await output('cjs.cjs', specifier)).toEqual(expected);
    },
  );

  it.concurrent('keeps and opens checkpoints, by itself and through a bundler for browsers', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await output('checkpoint.mjs')).toEqual({ saved: 'Right', shape: [2, 1], version });
    const outDir = join(consumer.folder, 'out browser');
    const options = {
      input: join(consumer.folder, 'checkpoint.mjs'),
      output: { entryFileNames: 'main.mjs' },
    };
    await build({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir, target: 'es2022', modulePreload: false, rolldownOptions: options },
    });
    // No module of Node's is imported by name, statically or dynamically: a browser would fail.
    expect(readFileSync(join(outDir, 'main.mjs'), 'utf8')).not.toMatch(/from ?['"]node:|import\(['"]node:/);
  });

  it('can be imported and required by one program', async () => {
    expect(await output('both.mjs')).toEqual({
      ...gradients,
      oneEngine: true,
      names: true,
      gradientKept: true,
    });
  });

  it('has one vmap, however many copies of it and of tfjs-core a program loads', async () => {
    const weighted = [41, 169];
    const refused = 'vmap: Math.random';
    expect(await output('copies.mjs')).toEqual({
      twoCores: true,
      twoLibraries: true,
      values: [weighted, weighted, weighted, weighted],
      nested: [2, 4, 11, 22, 6, 8, 33, 44],
      perSample: [1, -2, 3, -4],
      through: [2, 40, 6, 80],
      random: [refused, refused],
      assigned: "vmap: the variable '0' was assigned inside vmap",
      restored: true,
    });
  });

  it.concurrent.each([
    'backend, library, set',
    'library, backend, set',
    'backend, set, library',
    'library, backend, ready',
  ])('puts its kernels in place of those of wasm in the order: %s', async (order) => {
    const expected = {
      backend: 'wasm',
      value: [3, 3],
      outOfMemory: 'The wasm backend is out of memory: cannot allocate 17179869184 bytes',
      gradient: [3, 1],
      off: true,
      stockValue: [3, 3],
    };
    expect(await output('kernels.mjs', order)).toEqual(expected);
    expect(await output('kernels.cjs', order)).toEqual(expected);
  });

  it('starts backends that the program does not import, names a missing package, and exits', async () => {
    const message = 'the webgpu backend needs the package webgpu: npm install webgpu';
    const missing = { _tag: 'PackageMissing', backend: 'webgpu', package: 'webgpu', message };
    const then = ['Right', 'wasm', 9];
    for (const program of ['backend.mjs', 'backend.cjs']) {
      expect(await output(program, 'webgpu')).toEqual({ asked: missing, then });
      expect(await output(program, 'cpu')).toEqual({ asked: { name: 'cpu' }, then });
    }
    await consumer.install('webgpu');
    for (const program of ['backend.mjs', 'backend.cjs']) {
      const { asked } = (await output(program, 'webgpu')) as { asked: { name?: string; _tag?: string } };
      expect(asked._tag ?? asked.name).toMatch(/^(webgpu|NoAdapter)$/);
    }
  });

  it.concurrent.each([
    ['parallel.mjs', './jobs.mjs'],
    ['parallel.mjs', './jobs.cjs'],
    [tool('tsx/dist/cli.mjs'), 'parallel.mjs', './jobs.ts'],
  ])('runs jobs on threads, by %s %s', async (program, ...args) => {
    const { here, there, counts, refused } = (await output(program, ...args)) as Readonly<
      Record<string, unknown>
    >;
    expect(there).toEqual(here);
    // A thread evaluates a module once.
    expect(counts).toEqual([1, 2, 3]);
    expect(here).toHaveLength(12);
    expect(refused).toMatch(/a worker must not start threads of its own/);
  });

  const command = 'node_modules/tfjs-bayesian/dist/command.mjs';

  it('names the packages that a queue needs', async () => {
    const needs = (fn: string) => `${fn} needs the packages bullmq and ioredis: npm install bullmq ioredis`;
    const [, ...others] = (await output('queue.mjs', 'redis://127.0.0.1:1', 'none')) as readonly unknown[];
    expect(others).toEqual([needs('parallel.queue'), needs('parallel.queue')]);
    const of = ['--queue', 'none', '--redis', 'redis://127.0.0.1:1', '--jobs', './jobs.mjs'];
    const { code, stderr } = await attempt(consumer.folder, command, ['work', ...of]);
    expect([code, stderr]).toEqual([2, `tfjs-bayesian: ${needs('parallel.work')}\n`]);
  });

  it.runIf(hasRedis)('runs jobs through a queue, with a worker started by its command', async () => {
    for (const name of ['bullmq', 'ioredis']) await consumer.install(name);
    const server = await redisServer();
    const redis = `redis://127.0.0.1:${server.port}`;
    const args = [
      '--redis',
      redis,
      '--queue',
      'packed',
      '--jobs',
      join(consumer.folder, 'jobs.mjs'),
      '--size',
      '1',
    ];
    const worker = running(join(consumer.folder, command), 'work', ...args);
    try {
      const [here, ...others] = (await output('queue.mjs', redis, 'packed')) as readonly unknown[];
      expect(here).toHaveLength(12);
      expect(others).toEqual([here, here]);
      worker.child.kill('SIGTERM');
      expect(await worker.ended).toEqual([0, null]);
    } finally {
      worker.child.kill('SIGKILL');
      await server.remove();
    }
  });

  it.each<[readonly string[], string]>([
    [[], "the command must be work, got ''; --help prints the options"],
    [['work', '--queue', 'a'], '--redis must be given; --help prints the options'],
    [
      ['work', '--size', 'x', '--queue', 'a', '--redis', 'b', '--jobs', 'c'],
      "--size must be a number above 0, got 'x'",
    ],
  ])('refuses the command %j', async (args, message) => {
    const { code, stderr } = await attempt(consumer.folder, command, args);
    expect([code, stderr]).toEqual([2, `tfjs-bayesian: ${message}\n`]);
  });

  it.concurrent.each([
    ['useBackend', 'thrown'],
    ['setBackend', 'rejected'],
    ['before', 'thrown'],
  ])('leaves an error of the program what it is, wasm started by %s, the error %s', async (way, how) => {
    const program = join(consumer.folder, 'errors.mts');
    const { code, stderr } = await attempt(consumer.folder, tool('tsx/dist/cli.mjs'), [program, way, how]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: the error of this program\n +at .*failHere \(.*errors\.mts:\d+/m);
    // Its own line, and not the whole of a minified file.
    expect(stderr).toContain("throw new Error('the error of this program');");
    expect(stderr.length).toBeLessThan(1000);
  });

  it('gives a browser bundler each backend as a separate file, and nothing of Dawn', async () => {
    const outDir = join(consumer.folder, 'out backends');
    const options = {
      input: join(consumer.folder, 'backend.mjs'),
      output: { entryFileNames: 'main.mjs' },
    };
    await build({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir, target: 'es2022', modulePreload: false, rolldownOptions: options },
    });
    const files = readdirSync(join(outDir, 'assets')).map((name) => join(outDir, 'assets', name));
    const codes = [join(outDir, 'main.mjs'), ...files].map((name) => readFileSync(name, 'utf8'));
    const registering = (name: string) =>
      codes.map((code) => new RegExp(`\\(["'\`]${name}["'\`],\\s*(async)?\\s*\\(\\)`).test(code));
    for (const name of ['webgpu', 'wasm']) expect(registering(name).filter(Boolean)).toHaveLength(1);
    expect(registering('webgpu')[0]).toBe(false);
    expect(codes.join('')).not.toMatch(/dawn\.node/);
  });

  /** The files of a page with a program, the program itself first. */
  const pageWith = async (program: string): Promise<readonly string[]> => {
    const outDir = join(consumer.folder, `out ${program}`);
    const rolldownOptions = {
      input: join(consumer.folder, program),
      output: { entryFileNames: 'main.mjs', chunkFileNames: 'assets/[name]-[hash].js' },
    };
    await build({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir, target: 'es2022', modulePreload: false, rolldownOptions },
    });
    const assets = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /assets.*js$/.test(name),
    );
    return ['main.mjs', ...assets].map((name) => readFileSync(join(outDir, name), 'utf8'));
  };

  it('draws figures with two packages, names them where they are missing, and puts them in a file of their own', async () => {
    const figures = () => Promise.all([output('figures.mjs'), output('figures.cjs')]);
    const missing = (name: string) => `plot needs the package ${name}: npm install ${name}`;
    const isOfPlot = (code: string) => code.includes('plot-d6a7b5');
    expect(await figures()).toEqual([missing('@observablehq/plot'), missing('@observablehq/plot')]);
    // A page is built without them, too.
    expect((await pageWith('figures.mjs')).some(isOfPlot)).toBe(false);
    await mkdir(join(consumer.folder, 'node_modules/@observablehq'));
    await consumer.install('@observablehq/plot');
    expect(await figures()).toEqual([missing('linkedom'), missing('linkedom')]);
    await consumer.install('linkedom');
    expect(await figures()).toEqual(['<svg', '<svg']);
    const [main, ...others] = (await pageWith('figures.mjs')).map(isOfPlot);
    expect(main).toBe(false);
    expect(others.filter(Boolean)).toHaveLength(1);
    expect((await pageWith('checkpoint.mjs')).some(isOfPlot)).toBe(false);
  });

  it('adds nothing of its runners to a program that does not use them', async () => {
    const index = join(consumer.library, 'dist', 'index.mjs');
    const whole = readFileSync(index, 'utf8');
    const without = whole
      .replace(/^import \{ \w+ as parallel_exports \} from .*\n/m, '')
      .replace('parallel_exports as parallel, ', '');
    expect(without.length).toBeLessThan(whole.length - 50);
    const size = async (text: string): Promise<number> => {
      await writeFile(index, text);
      const outDir = join(consumer.folder, 'out unused');
      // Names stay as they are: shortened, they have other lengths in another order.
      const output = { entryFileNames: 'main.mjs', minify: { compress: true, mangle: false, codegen: true } };
      await build({
        root: consumer.folder,
        configFile: false,
        logLevel: 'error',
        build: {
          outDir,
          target: 'es2022',
          modulePreload: false,
          rolldownOptions: { input: join(consumer.folder, 'checkpoint.mjs'), output },
        },
      });
      return readFileSync(join(outDir, 'main.mjs'), 'utf8').length;
    };
    try {
      expect(await size(whole)).toBe(await size(without));
    } finally {
      await writeFile(index, whole);
    }
  });

  // Bundled, tfjs-core is its ES modules; left out, it is the CommonJS file that Node loads.
  it.each<[name: string, noExternal: true | string[]]>([
    ['bundled too', true],
    ['left out', ['tfjs-bayesian']],
  ])('works through a bundler, tfjs-core %s', async (name, noExternal) => {
    const outDir = join(consumer.folder, `out ${name}`);
    await build({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir, ssr: 'bundled.mjs', rolldownOptions: { output: { entryFileNames: 'main.mjs' } } },
      ssr: { noExternal },
    });
    const code = readFileSync(join(outDir, 'main.mjs'), 'utf8');
    // At the start of a line: examples in comments import it too.
    expect(code).not.toMatch(/^(import|export)\b.*['"]tfjs-bayesian/m);
    const { plain } = await compileKernels();
    expect(code).toContain(plain);
    // Runners, which the program does not use.
    expect(code).not.toMatch(/workerpool|its thread ended/);
    expect(code.match(/Tensor is disposed/g) ?? []).toHaveLength(name === 'left out' ? 0 : 1);
    expect(await output(join(outDir, 'main.mjs'))).toEqual({ ...gradients, names: true });
  });

  // The first two also check the declarations themselves, of each format, which takes longer.
  it.concurrent.each([
    ['node16 from an ES module', 'types.mts', 'node16', 'node16', false],
    ['node16 from a CommonJS module', 'types.cts', 'node16', 'node16', false],
    ['bundler', 'types.ts', 'esnext', 'bundler', true],
    ['node10, the old way', 'types.ts', 'commonjs', 'node10', true],
  ])('has types under %s', async (_, file, module, moduleResolution, skipLibCheck) => {
    const project = `${module}-${moduleResolution}-${file}.json`;
    const strict = { strict: true, noEmit: true, declaration: true, types: [], ignoreDeprecations: '6.0' };
    const compilerOptions = { ...strict, target: 'es2022', module, moduleResolution, skipLibCheck };
    await writeFile(join(consumer.folder, file), readFileSync('test/package/consumer/types.mts'));
    await writeFile(join(consumer.folder, project), JSON.stringify({ compilerOptions, files: [file] }));
    expect(await typeErrors(consumer.folder, project)).toEqual([]);
  });
});

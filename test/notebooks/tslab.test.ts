import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from '../../build/notebooks/execute.ts';
import { installed } from '../../build/notebooks/prepare.ts';
import { subpaths } from '../../build/subpaths.ts';
import { type Consumer, packedConsumer } from '../package/pack.ts';
import { checkDeclarations } from './declarations.ts';

// tslab has a package.json of its own, since its compiler takes the place of TypeScript's tsc where it is installed.
const tslab = resolve('notebooks');
const specifiers = ['tfjs-bayesian', ...subpaths.map((name) => `tfjs-bayesian/${name}`)];

let consumer: Consumer;
let empty: string;
beforeAll(async () => {
  await installed(tslab);
  consumer = await packedConsumer();
  await mkdir(join(consumer.folder, 'node_modules/@observablehq'));
  for (const name of ['@observablehq/plot', 'linkedom']) await consumer.install(name);
  empty = await mkdtemp(join(tmpdir(), 'cells-'));
}, 600_000);
afterAll(async () => {
  await consumer?.remove();
  await rm(empty, { recursive: true });
});

/** What the cells print, each in a string of its own; throws if one fails. */
const printed = async (folder: string, ...cells: readonly string[]): Promise<readonly string[]> => {
  const { outputs, failure } = await execute(cells, { folder, tslab });
  if (failure !== undefined) throw new Error(`cell ${failure.cell + 1}: ${failure.text}`);
  return outputs.map((shown) => shown.flatMap((output) => ('text' in output ? output.text : [])).join(''));
};

describe("the packed package's declarations under tslab's compiler", () => {
  it('have no error, and no type that is any', () => {
    const { version, errors, looked, untyped } = checkDeclarations(consumer.folder, tslab, specifiers);
    expect(version).toMatch(/^5\.0\./);
    expect(errors).toEqual([]);
    expect(untyped).toEqual([]);
    expect(looked.written).toBeGreaterThan(2000);
    expect(looked.exported).toBeGreaterThan(1000);
  });

  it('is a check that can fail: errors, and any in every form', async () => {
    const library = join(empty, 'node_modules/tfjs-bayesian');
    await mkdir(join(library, 'dist'), { recursive: true });
    await writeFile(join(library, 'package.json'), '{ "types": "./dist/index.d.ts" }');
    const lines = [
      'export declare const fine: (x: number) => { readonly y: string };',
      'export declare const inferred: <A>(x: A) => Given<A>["y"];',
      'type Given<A> = { y: A extends string ? Array<any> : A };',
      'export declare const unresolved: (x: Missing) => number;',
      'export declare const view: Float32Array<ArrayBuffer>;',
    ];
    await writeFile(join(library, 'dist/index.d.ts'), lines.join('\n'));
    const { errors, untyped } = checkDeclarations(empty, tslab, ['tfjs-bayesian']);
    expect(errors.map((error) => error.replace(/.*: /, ''))).toEqual([
      "Cannot find name 'Missing'.",
      "Type 'Float32Array' is not generic.",
    ]);
    expect(untyped.map((place) => place.replace(/.*:(\d)/, '$1'))).toEqual(
      expect.arrayContaining(['3 any', '4 Missing', '5 Float32Array<ArrayBuffer>']),
    );
    expect(untyped).toEqual(expect.arrayContaining(['tfjs-bayesian: unresolved(x)', 'tfjs-bayesian: view']));
    expect(untyped.join()).not.toContain('fine');
  });
});

const imports = `
  import '@tensorflow/tfjs-backend-wasm';
  import * as tf from '@tensorflow/tfjs-core';
  import { pipe } from 'fp-ts/lib/function.js';
  import { adam, batches, bayesian, elbo, fit, gaussian, linear, predict, random, sequential, trainStep, tree,
    vmapSamples, withDivergence } from 'tfjs-bayesian';
  await tf.setBackend('wasm');`;
const model = `
  const likelihood = gaussian({ std: 0.1 });
  const model = pipe(sequential(linear(1, 4), tf.tanh, linear(4, 1)), bayesian());
  const loss = pipe(model, withDivergence, vmapSamples({ samples: 2 }), elbo({ likelihood, datasetSize: 8 }));
  const inputs = tf.reshape(tf.linspace(-1, 1, 8), [8, 1]);
  const data = batches({ inputs, targets: tf.sin(inputs) }, { size: 4 });`;
const training = `
  const fitted = await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
    init: model.init, key: random.key(0), epochs: 2, batches: data, progress: false });`;
const prediction = `
  const predicted = predict(model, { likelihood: likelihood, samples: 3 })(fitted.params, random.key(1), inputs);`;

describe('the cell of docs/how-to/notebooks.md', () => {
  it('runs as it stands, and shows a figure', async () => {
    const page = readFileSync('docs/how-to/notebooks.md', 'utf8');
    const cell = /```ts compiled\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const { outputs, failure } = await execute([cell], { folder: consumer.folder, tslab });
    expect(failure).toBeUndefined();
    const [shown] = outputs[0] ?? [];
    expect(outputs).toEqual([[shown]]);
    expect(shown).toHaveProperty(['data', 'text/html', 0], expect.stringMatching(/^<svg/));
  });
});

describe('a cell', () => {
  it('has the types of all names from earlier cells', async () => {
    const wrong = [
      `const a: string = fitted.params['0'].weight.mean;`,
      `fitted.params['0'].weigth;`,
      'model.initialise;',
      'loss(fitted.params);',
      'predicted.uncertainty.total.rows;',
      `batches({ inputs: inputs }, { size: '4' });`,
      'const b: string = fitted.history;',
      'const c: string = loss(fitted.params, random.key(0), { inputs: inputs, targets: inputs }).divergence;',
    ];
    const expectations = wrong
      .map((line) => `// @ts-expect-error: it is not any\n() => { ${line} };`)
      .join('\n');
    await printed(consumer.folder, imports, model, training, prediction, expectations);
  });

  it('imports from each subpath', async () => {
    const names = subpaths.map((name) => `import * as ${name} from 'tfjs-bayesian/${name}';`);
    const uses = subpaths.map((name) => `Object.keys(${name}).length > 0`).join(' && ');
    expect(await printed(consumer.folder, names.join('\n'), uses)).toEqual(['', 'true\n']);
  });

  it('leaks no tensor when it runs again after its tensors are disposed', async () => {
    const count = 'tf.memory().numTensors';
    const again = [training, prediction, 'tree.dispose([fitted, predicted]);'];
    const outputs = await printed(consumer.folder, imports, model, count, ...again, count, ...again, count);
    const [before, once, twice] = [outputs[2], outputs[6], outputs[10]];
    expect(before).toMatch(/^\d+\n$/);
    expect([once, twice]).toEqual([before, before]);
  });
});

describe("the notebooks' runner", () => {
  const failure = async (...cells: readonly string[]) =>
    (await execute(cells, { folder: consumer.folder, tslab, afterwards: 500 })).failure;

  it('runs cells as tslab does, with their outputs', async () => {
    const show = `
      const { newDisplay } = (globalThis as unknown as
        { __tslab__: { require: (name: string) => typeof import('tslab') } }).__tslab__.require('tslab');
      const slot = newDisplay();
      slot.svg('<svg>1</svg>');
      process.stdout.write('a');
      console.log(await Promise.resolve('b'));
      slot.svg('<svg>2</svg>');`;
    const { outputs, failure: none } = await execute([show, '6 * 7'], { folder: consumer.folder, tslab });
    expect(none).toBeUndefined();
    expect(outputs).toEqual([
      [
        { data: { 'image/svg+xml': ['<svg>2</svg>'] }, metadata: {}, output_type: 'display_data' },
        { name: 'stdout', output_type: 'stream', text: ['ab\n'] },
      ],
      [{ name: 'stdout', output_type: 'stream', text: ['42\n'] }],
    ]);
  });

  it.concurrent.each([
    ['does not compile', 'const a: string = 1;', "Type 'number' is not assignable to type 'string'"],
    ['throws', "throw new Error('at once');", 'at once'],
    ['throws after waiting', "await null; throw new Error('soon');", 'soon'],
    ['throws in a timer', "setTimeout(() => { throw new Error('late'); }, 100);", 'late'],
    ['rejects a promise that nobody waits for', "void Promise.reject(new Error('unheard'));", 'unheard'],
    ['rejects one later', "void new Promise((_, no) => setTimeout(() => no('later'), 100));", 'later'],
    ['ends the process', 'process.exit(0);', 'the process ended'],
    ['never ends', 'void setInterval(() => {}, 100);', 'still running after the last cell'],
  ])('fails where a cell %s', async (_, cell, text) => {
    const failed = await failure('1;', cell);
    expect(failed?.text).toContain(text);
    expect(failed?.cell).toBe(1);
  });

  it('stops after a cell that failed', async () => {
    const { outputs } = await execute(['1', "throw new Error('no')", '3'], {
      folder: consumer.folder,
      tslab,
    });
    expect(outputs).toHaveLength(2);
  });
});

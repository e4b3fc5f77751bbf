import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import {
  adam,
  bayesian,
  checkpoint,
  deterministic,
  elbo,
  gaussian,
  linear,
  type NormalParams,
  pipe,
  prune,
  random,
  sequential,
  studentT,
  trainStep,
  tree,
  withLogProbs,
} from 'tfjs-bayesian';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBits } from './support/bits.ts';
import { left, makeFile, right } from './support/files.ts';

const model = bayesian()(sequential(linear(20, 30), tf.tanh, deterministic(linear(30, 2))));
type Params = ReturnType<typeof model.init>;

/** Parameters of which about `share` are pruned, by hand. */
const params = (share: number, seed = 0): Params =>
  tree.tidied(() => {
    const initial = model.init(random.key(seed));
    const pruned = ({ mean, logStd }: NormalParams, key: random.Key): NormalParams => {
      const isKept = random.bernoulli(key, mean.shape, { p: 1 - share });
      const kept = tf.cast(isKept, 'bool');
      return {
        mean: tf.where(kept, mean, tf.zerosLike(mean)),
        logStd: tf.where(kept, logStd, tf.fill(logStd.shape, -1024)),
      };
    };
    const [first, second] = random.split(random.key(seed + 1)) as [random.Key, random.Key];
    return tree.map((x) => tf.clone(x))({
      ...initial,
      0: { weight: pruned(initial[0].weight, first), bias: pruned(initial[0].bias, second) },
    }) as Params;
  });

const written = async (value: Params, options: checkpoint.SaveOptions = {}) =>
  right(await checkpoint.toBytes(model, options)(value)());

/** The header of a file and its data. */
const parts = (file: Uint8Array) => {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  > & { __metadata__: Record<string, string> };
  return { header, data: file.slice(8 + length) };
};

const rebuilt = ({ header, data }: ReturnType<typeof parts>): Uint8Array =>
  makeFile(JSON.stringify(header), data);

let pruned: Params;
let file: Uint8Array;
beforeAll(async () => {
  await tf.setBackend('cpu');
  pruned = params(0.8);
  file = await written(pruned, { sparse: true });
});
afterAll(() => tree.dispose(pruned));

describe('a sparse checkpoint', () => {
  test('restores the same bits, whatever is pruned, in every dtype, and is shorter for what is pruned', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(0, 0.02, 0.5, 0.9, 1),
      fc.integer({ min: 0, max: 1e6 }),
      fc.constantFrom('F32', 'F16', 'BF16'),
      async (share, seed, dtype) => {
        const own = params(share, seed);
        const [dense, sparse] = [await written(own, { dtype }), await written(own, { dtype, sparse: true })];
        const [expected, loaded] = [dense, sparse].map(async (bytes) =>
          right(await checkpoint.load(model)(bytes)()),
        );
        expect(readBits(await loaded)).toEqual(readBits(await expected));
        if (dtype === 'F32') expect(readBits(await loaded)).toEqual(readBits(own));
        if (share >= 0.5) expect(sparse.length).toBeLessThan(dense.length);
        if (share === 0) expect(sparse).toEqual(dense);
        tree.dispose([own, await expected, await loaded]);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });

  test('keeps the bits of a mean of 0 or -0 whose spread is kept, and of a pruned spread beside another mean', async () => {
    const [mean, logStd] = tree.leaves(pruned[0].weight).map((x) => Float32Array.from(x.dataSync()));
    mean!.set([0, -0, 3, -0]);
    logStd!.set([-2, -2, -1024, -1024]);
    const weight = { mean: tf.tensor(mean!, [20, 30]), logStd: tf.tensor(logStd!, [20, 30]) };
    const odd = { ...pruned, 0: { ...pruned[0], weight } } as Params;
    const loaded = right(await checkpoint.load(model)(await written(odd, { sparse: true }))());
    expect(readBits(loaded)).toEqual(readBits(odd));
    tree.dispose([weight, loaded]);
  });

  test('has the documented form: values of kept elements, and bits, the lowest first', () => {
    const { header, data } = parts(file);
    const { sparse } = header.__metadata__;
    expect(JSON.parse(sparse!)).toEqual({
      'params.0.weight': { shape: [20, 30], fill: { mean: 0, logStd: -1024 } },
    });
    const bytes = (name: string) => data.slice(...header[name]!.data_offsets);
    const mask = bytes('params.0.weight.kept');
    expect([header['params.0.weight.kept']!.dtype, mask.length]).toEqual(['U8', 75]);
    for (const [parameter, fill] of [
      ['mean', 0],
      ['logStd', -1024],
    ] as const) {
      const kept = [...new Float32Array(bytes(`params.0.weight.${parameter}`).buffer)];
      const all = Array.from({ length: 600 }, (_, i) =>
        (mask[i >> 3]! >> (i & 7)) & 1 ? kept.shift() : fill,
      );
      expect(all).toEqual(Array.from(pruned[0].weight[parameter].dataSync()));
    }
    // Too small for an entry of its own.
    expect(header['params.0.bias.mean']!.shape).toEqual([30]);
  });

  test('is listed by inspect in full, with the number of elements that are stored', async () => {
    const { tensors, metadata } = right(await checkpoint.inspect(file)());
    const kept = pruned[0].weight.logStd.dataSync().filter((x) => x > -1024).length;
    expect(tensors.find(({ name }) => name === 'params.0.weight.mean')).toEqual({
      name: 'params.0.weight.mean',
      dtype: 'F32',
      shape: [20, 30],
      kept,
    });
    expect(tensors.find(({ name }) => name === 'params.0.bias.mean')).toEqual({
      name: 'params.0.bias.mean',
      dtype: 'F32',
      shape: [30],
    });
    expect(tensors.map(({ name }) => name)).not.toContain('params.0.weight.kept');
    expect(metadata.has('sparse')).toBe(true);
  });

  test('has the size that the report of prune gives', async () => {
    const initial = model.init(random.key(4));
    const done = await prune(model, initial, { signalToNoise: 1.5 });
    const { data } = parts(right(await checkpoint.toBytes(done.model, { sparse: true })(done.params)()));
    expect(data.length).toBe(done.report.bytes.after);
    expect(data.length).toBeLessThan(0.9 * done.report.bytes.before);
    // For the given model and for the pruned one.
    const bytes = right(await checkpoint.toBytes(model, { sparse: true })(done.params)());
    for (const each of [model, done.model]) {
      const loaded = right(await checkpoint.load(each)(bytes)());
      expect(readBits(loaded)).toEqual(readBits(done.params));
      tree.dispose(loaded);
    }
    tree.dispose([initial, done.params]);
  });

  test('holds a state, whose training goes on to the same bits, and other families', async () => {
    const initial = model.init(random.key(5));
    const done = await prune(model, initial, { signalToNoise: 1.5 });
    const optimizer = adam({ learningRate: 0.01 });
    const loss = pipe(done.model, withLogProbs, elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 4 }));
    const step = trainStep(loss, optimizer);
    const data = { inputs: random.normal(random.key(6), [4, 20]), targets: tf.zeros([4, 2]) };
    const { state } = step.update(step.init(done.params, random.key(7)), data);
    const bytes = right(await checkpoint.toBytes(done.model, { sparse: true })(state)());
    expect(bytes.length).toBeLessThan(right(await checkpoint.toBytes(done.model)(state)()).length);
    const loaded = right(await checkpoint.load(done.model, { optimizer })(bytes)());
    expect(readBits({ ...loaded, key: 0 })).toEqual(readBits({ ...state, key: 0 }));
    const other = bayesian({ posterior: studentT() })(linear(20, 30));
    const own = await prune(other, other.init(random.key(1)), { signalToNoise: 1.5 });
    const sparse = right(await checkpoint.toBytes(own.model, { sparse: true })(own.params)());
    expect(right(await checkpoint.inspect(sparse)()).metadata.get('sparse')).toContain('"logScale":-1024');
    expect(readBits(right(await checkpoint.load(other)(sparse)()))).toEqual(readBits(own.params));
  });

  test('does not fit a model of another shape: the shape in full is compared', async () => {
    const other = bayesian()(sequential(linear(20, 31), tf.tanh, deterministic(linear(31, 2))));
    expect(left(await checkpoint.load(other)(file)()).message).toContain(
      "'params.0.weight.mean': shape [20, 30] in the file, [20, 31] expected",
    );
  });
});

type Spoil = (file: ReturnType<typeof parts>) => void;
/** Replaces the description of sparse variables. */
const described =
  (text: string): Spoil =>
  ({ header }) => {
    header.__metadata__.sparse = text;
  };
const full = { shape: [20, 30], fill: { mean: 0, logStd: -1024 } };
const entry = (change: object, name = 'params.0.weight'): Spoil =>
  described(JSON.stringify({ [name]: { ...full, ...change } }));
const flipped =
  (bit: number): Spoil =>
  ({ header, data }) => {
    const at = header['params.0.weight.kept']!.data_offsets[0] + (bit >> 3);
    data[at] = data[at]! ^ (1 << (bit & 7));
  };

const spoilt: readonly (readonly [name: string, spoil: Spoil, message: string | RegExp])[] = [
  ['no JSON', described('{'), "the metadata's 'sparse' is not JSON"],
  ['a list', described('[]'), "the metadata's 'sparse' must map names of variables to their shape and fill"],
  ['no shape', entry({ shape: undefined }), /'params.0.weight': its entry .* has no shape and fill/],
  ['a negative size', entry({ shape: [-20, 30] }), 'has no shape and fill'],
  ['no number to fill in', entry({ fill: { mean: '0' } }), 'has no shape and fill'],
  [
    'another size',
    entry({ shape: [20, 60] }),
    "'params.0.weight.kept': the bits of a sparse variable must be U8 [150], but it is U8 [75]",
  ],
  ['a huge size', entry({ shape: [2 ** 40, 2 ** 40] }), 'the bits of a sparse variable must be U8'],
  ['no such parameter', entry({ fill: { scale: 0 } }), "'params.0.weight': it has no 'scale' in the file"],
  [
    'a variable that is not there',
    entry({}, 'params.9'),
    "'params.9.kept': the bits of a sparse variable must be U8 [75], but the file has none",
  ],
  [
    'a tensor that is not of floats',
    entry({ fill: { kept: 0 } }),
    "'params.0.weight.kept': it must be a list of 75 floats, as the variable is sparse",
  ],
  [
    'one bit more',
    flipped(0),
    /'params.0.weight.kept': \d+ of its bits are set, but \d+ elements are stored/,
  ],
];

describe('a spoilt sparse checkpoint is refused by name', () => {
  test.each(spoilt)('%s', async (_, spoil, message) => {
    const own = parts(file);
    spoil(own);
    const error = left(await checkpoint.load(model)(rebuilt(own))());
    expect(error).toMatchObject({ _tag: 'InvalidFile', fault: 'sparse' });
    expect(error.message).toMatch(message);
  });

  test('a bit beyond the last element, and lists of different lengths', async () => {
    const odd = bayesian()(linear(29, 31, { bias: false }));
    const initial = odd.init(random.key(0));
    const done = await prune(odd, initial, { signalToNoise: 2 });
    const bytes = right(await checkpoint.toBytes(odd, { sparse: true })(done.params)());
    const own = parts(bytes);
    const [, end] = own.header['params.weight.kept']!.data_offsets;
    own.data[end - 1] = own.data[end - 1]! | 0x80;
    expect(left(await checkpoint.load(odd)(rebuilt(own))()).message).toBe(
      "tensor 'params.weight.kept': a bit is set beyond the 899 elements of the variable",
    );
    const uneven = parts(bytes);
    const [mean, logStd] = ['params.weight.mean', 'params.weight.logStd'].map((name) => uneven.header[name]!);
    mean!.shape = [mean!.shape[0]! - 1];
    mean!.data_offsets = [0, mean!.data_offsets[1] - 4];
    logStd!.shape = [logStd!.shape[0]! + 1];
    logStd!.data_offsets = [logStd!.data_offsets[0] - 4, logStd!.data_offsets[1]];
    expect(left(await checkpoint.load(odd)(rebuilt(uneven))()).message).toMatch(
      /'params.weight.logStd': it must be a list of \d+ floats, as the variable is sparse/,
    );
    tree.dispose([initial, done.params]);
  });

  test('more elements than the variable has', async () => {
    const made = (sparse: object) =>
      makeFile(
        JSON.stringify({
          __metadata__: { format: 'tfjs-bayesian/1', sparse: JSON.stringify(sparse) },
          'a.w.mean': { dtype: 'F32', shape: [9], data_offsets: [0, 36] },
          'a.w.kept': { dtype: 'U8', shape: [1], data_offsets: [36, 37] },
        }),
        new Uint8Array(37),
      );
    const more = { 'a.w': { shape: [8], fill: { mean: 0 } } };
    expect(left(await checkpoint.inspect(made(more))()).message).toBe(
      "tensor 'a.w': 9 elements are stored of a variable that has 8",
    );
  });

  test('and a truncated one, at every length', async () => {
    for (let length = 0; length < file.length; length += 97) {
      const error = left(await checkpoint.load(model)(file.slice(0, length))());
      expect(error._tag).toBe('InvalidFile');
    }
  });

  test('any bit that changes is refused or changes a value, and nothing is thrown or left behind', async () => {
    const before = tf.memory().numTensors;
    let refused = 0;
    for (let n = 0; n < 150; n++) {
      const copy = file.slice();
      const at = Math.floor((n * copy.length) / 150) + (n % 7);
      copy[Math.min(at, copy.length - 1)]! ^= 1 << (n % 8);
      const loaded = await checkpoint.load(model)(copy)();
      if (E.isLeft(loaded)) refused += 1;
      else tree.dispose(loaded.right);
    }
    expect(refused).toBeGreaterThan(20);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a file of another library may have metadata of that name', async () => {
    const own = parts(file);
    own.header.__metadata__ = { sparse: 'yes' };
    expect(right(await checkpoint.inspect(rebuilt(own))()).metadata.get('sparse')).toBe('yes');
  });

  test('options are checked', () => {
    expect(() => checkpoint.toBytes(model, { sparse: 1 as never })).toThrow(
      'checkpoint.toBytes: sparse must be true or false, got 1',
    );
    expect(() => checkpoint.toBytes(model, { metadata: { sparse: 'x' } })).toThrow('without the names');
  });
});

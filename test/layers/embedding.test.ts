import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { embedding } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, withLogProbs } from '../../src/transforms/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';
import { resolveSites } from './support/sites.ts';
import { uniform } from './support/sized.ts';

const key = random.key(0);
const tokens = (...indices: readonly number[]) => tf.tensor1d([...indices], 'int32');

describeOnBackends('embedding', (backend) => {
  const stockWasm = backend === 'wasm' && !kernels; // where tfjs has no gradient of gather

  it('maps each index to its row, for any number of axes', () => {
    tf.tidy(() => {
      const model = ordinary(embedding(4, 3));
      const { weight } = model.init(key);
      const rows = weight.value.arraySync() as number[][];
      const y = model.apply({ weight }, key, tf.reshape(tokens(2, 0, 3, 3, 1, 2), [2, 1, 3]));
      expect(y.shape).toEqual([2, 1, 3, 3]);
      expect(values(y)).toEqual([2, 0, 3, 3, 1, 2].flatMap((index) => rows[index]));
    });
  });

  it.each([[1], [-3]])('gives zeros, and no gradient, at the paddingIdx %d', (paddingIdx) => {
    tf.tidy(() => {
      const model = ordinary(embedding(4, 2, { paddingIdx }));
      const { weight } = model.init(key);
      const x = tokens(1, 0, 1, 2);
      const f = (value: tf.Tensor) => model.apply({ weight: { value } }, key, x);
      const rows = f(weight.value).arraySync() as number[][];
      expectNumbers([...(rows[0] ?? []), ...(rows[2] ?? [])], [0, 0, 0, 0]);
      if (stockWasm) return;
      expect(values(tf.grad(f)(weight.value))).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
    });
  });

  it.skipIf(stockWasm)('has the gradient of its weight, summed over every use of a row', () => {
    tf.tidy(() => {
      const model = ordinary(embedding(3, 2));
      const x = tokens(2, 0, 2);
      expectGradient(
        (value) => tf.sum(tf.square(model.apply({ weight: { value } }, key, x))),
        uniform([3, 2], 1),
      );
    });
  });

  it('samples a row once wherever it is used', () => {
    tf.tidy(() => {
      const model = bayesian()(embedding(3, 2));
      const y = withLogProbs(model)(model.init(key), key, tokens(1, 2, 1)).output;
      const rows = y.arraySync() as number[][];
      expect(rows[0]).toEqual(rows[2]);
    });
  });

  it('refuses anything but int32, and leaks no tensors', () => {
    const model = ordinary(embedding(3, 2, { paddingIdx: 0 }));
    const params = model.init(key);
    const [x, bad] = [tokens(0, 1), tf.zeros([2])];
    expectNoLeak(() => model.apply(params, key, x));
    expectNoLeak(() => {
      expect(() => model.apply(params, key, bad)).toThrow(
        'embedding: input must be an int32 tensor of indices, got a float32 tensor of shape [2]',
      );
    });
    tf.dispose([x, bad, params.weight.value]);
  });

  it.skipIf(backend === 'webgpu')(
    'refuses indices out of range, except on a GPU, where they are not read',
    () => {
      tf.tidy(() => {
        const model = ordinary(embedding(3, 2));
        const params = model.init(key);
        for (const index of [3, -1])
          expect(() => model.apply(params, key, tokens(index))).toThrow(/not in \[0, 2\]/);
      });
    },
  );

  it('never reads the row of another ensemble member', () => {
    tf.tidy(() => {
      const model = ordinary(embedding(2, 1));
      const members = tf.tensor3d([1, 2, 3, 4], [2, 2, 1]);
      const at = (first: number, second: number) => tf.tensor2d([[first], [second]], [2, 1], 'int32');
      const rows = (weight: tf.Tensor, x: tf.Tensor) =>
        vmap((value: tf.Tensor, own: tf.Tensor) => model.apply({ weight: { value } }, key, own))(weight, x);
      expect(values(rows(members, at(1, 0)))).toEqual([2, 3]);
      const gradient = tf.grad((weight: tf.Tensor) => rows(weight, at(2, 0)));
      if (backend === 'webgpu') {
        expect(values(rows(members, at(2, 0)))).toEqual([0, 3]);
        expect(values(gradient(members))).toEqual([0, 0, 1, 0]);
        return;
      }
      const error = 'vmap: tf.gather: an index must be in [0, 1], got 2';
      expect(() => rows(members, at(2, 0))).toThrow(error);
      expect(() => gradient(members)).toThrow(error);
    });
  });
});

describe('embedding', () => {
  it('has the fan-in of a single row', () => {
    const [site] = resolveSites(embedding(100, 2));
    expect([site?.fanIn, site?.initialMean]).toEqual([1, { bound: 1 }]);
  });

  it('refuses sizes and paddings that do not fit', () => {
    expect(() => embedding(0, 2)).toThrow('embedding: numEmbeddings must be a positive integer, got 0');
    expect(() => embedding(3, 1.5)).toThrow('embedding: embeddingDim must be a positive integer, got 1.5');
    for (const paddingIdx of [3, -4, 0.5]) {
      expect(() => embedding(3, 2, { paddingIdx })).toThrow(
        `embedding: paddingIdx must be an integer within numEmbeddings, from -3 to 2, got ${paddingIdx}`,
      );
    }
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import '../../../src/backend/index.ts';
import { silu } from '../../../src/layers/activations.ts';
import { normalizeGroups } from '../../../src/ops/groupNorm.ts';
import { vmap } from '../../../src/vmap/index.ts';
import { describeOnBackends, start } from '../../support/backends.ts';
import { expectNumbers, take } from '../../support/numbers.ts';

type F = (x: tf.Tensor) => tf.Tensor;

const slopes = (f: F, x: tf.Tensor): readonly number[] => take(tf.grad((y: tf.Tensor) => tf.sum(f(y)))(x));

/** The same by each row alone, inside of `vmap`. */
const mappedSlopes = (f: F, rows: tf.Tensor): readonly number[] =>
  take(vmap((row: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(f(y)))(row))(rows));

const second = (f: F, x: tf.Tensor): readonly number[] =>
  take(tf.grad((y: tf.Tensor) => tf.sum(tf.grad((z: tf.Tensor) => tf.sum(f(z)))(tf.mul(y, 1))))(x));

describeOnBackends('gradients that are wrong or throw in TensorFlow.js', () => {
  it('prod', () => {
    const x = tf.tensor2d([
      [2, 3, 4],
      [5, 6, 7],
    ]);
    const right = [12, 8, 6, 42, 35, 30];
    expectNumbers(
      slopes((y) => tf.prod(y, 1), x),
      right,
    );
    expectNumbers(
      slopes((y) => tf.prod(y, -1), x),
      right,
    );
    expectNumbers(
      mappedSlopes((y) => tf.prod(y), x),
      right,
    );
    expectNumbers(
      slopes((y) => tf.prod(y, [1]), x),
      right,
    );
    expectNumbers(
      slopes((y) => tf.prod(y), tf.tensor1d([0, 3, 4])),
      [12, 0, 0],
    );
    expectNumbers(
      slopes((y) => tf.prod(y), tf.tensor1d([0, 3, 0])),
      [0, 0, 0],
    );
    expectNumbers(
      slopes((y) => tf.prod(y), tf.scalar(3)),
      [1],
    );
    // x y z: the sums of the other pairs' sums.
    expectNumbers(
      second((y) => tf.prod(y), tf.tensor1d([2, 0, 4])),
      [4, 6, 2],
    );
  });

  it('gather with batch axes', () => {
    const x = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const indices = tf.tensor2d(
      [
        [0, 0],
        [2, 1],
      ],
      [2, 2],
      'int32',
    );
    const take2 = (y: tf.Tensor): tf.Tensor => tf.gather(y, indices as unknown as tf.Tensor1D, 1, 1);
    expectNumbers(slopes(take2, x), [2, 0, 0, 0, 1, 1]);
  });

  it('avgPool with padding', () => {
    const pool: F = (x) => tf.avgPool(tf.reshape(x, [1, 2, 2, 1]) as tf.Tensor4D, 2, 1, 'same');
    expectNumbers(slopes(pool, tf.ones([2, 2])), [0.25, 0.75, 0.75, 2.25]);
    expectNumbers(mappedSlopes(pool, tf.ones([2, 2, 2])), [0.25, 0.75, 0.75, 2.25, 0.25, 0.75, 0.75, 2.25]);
  });

  it('mirrorPad', () => {
    const x = tf.tensor1d([1, 2, 3]);
    expectNumbers(
      slopes((y) => tf.mirrorPad(y, [[1, 1]], 'reflect'), x),
      [1, 3, 1],
    );
    expectNumbers(
      slopes((y) => tf.mirrorPad(y, [[1, 1]], 'symmetric'), x),
      [2, 1, 2],
    );
    expectNumbers(
      mappedSlopes((y) => tf.mirrorPad(y, [[1, 1]], 'reflect'), tf.ones([2, 3])),
      [1, 3, 1, 1, 3, 1],
    );
  });

  it('softmaxCrossEntropy by its labels', () => {
    const logits = tf.tensor2d([[0, Math.log(3)]]);
    const labels = tf.tensor2d([[1, 0]]);
    const loss = (l: tf.Tensor): tf.Tensor => tf.losses.softmaxCrossEntropy(l, logits);
    expectNumbers(slopes(loss, labels), [Math.log(4), Math.log(4 / 3)]);
    const own = vmap((l: tf.Tensor) =>
      tf.grad((y: tf.Tensor) => tf.losses.softmaxCrossEntropy(tf.reshape(y, [1, 2]), logits))(l),
    );
    expectNumbers(take(own(labels)), [Math.log(4), Math.log(4 / 3)]);
    // Labels of each sample with logits that all share, and the other way round.
    const shared = tf.grad((y: tf.Tensor) =>
      tf.sum(
        vmap((l: tf.Tensor) => tf.losses.softmaxCrossEntropy(tf.reshape(l, [1, 2]), y))(
          tf.tensor2d([
            [1, 0],
            [1, 0],
          ]),
        ),
      ),
    );
    expectNumbers(take(shared(logits)), [-1.5, 1.5]);
  });

  it('cumsum off the last axis', () => {
    const weights = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    expectNumbers(
      slopes((x) => tf.mul(tf.cumsum(x, 0), weights), tf.zeros([2, 2])),
      [4, 6, 3, 4],
    );
    expectNumbers(
      slopes((x) => tf.mul(tf.cumsum(x, 0, true), weights), tf.zeros([2, 2])),
      [3, 4, 0, 0],
    );
    expectNumbers(
      slopes((x) => tf.mul(tf.cumsum(x, 0, false, true), weights), tf.zeros([2, 2])),
      [1, 2, 4, 6],
    );
  });

  it('batchNorm without offset or scale', () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const mean = tf.tensor1d([1, 1]);
    const variance = tf.tensor1d([4, 1]);
    expectNumbers(
      slopes((y) => tf.batchNorm2d(y as tf.Tensor2D, mean, variance, undefined, undefined, 0), x),
      [0.5, 1, 0.5, 1],
    );
    expectNumbers(
      slopes((y) => tf.batchNorm2d(x, y as tf.Tensor1D, variance, undefined, undefined, 0), mean),
      [-1, -2],
    );
    expectNumbers(
      slopes((y) => tf.batchNorm2d(x, mean, variance, undefined, y as tf.Tensor1D, 0), tf.ones([2])),
      [1, 4],
    );
  });

  it('unstack and split into one part, bandPart of one matrix, qr', () => {
    const x = tf.tensor2d([[1, 2]]);
    expectNumbers(
      slopes((y) => tf.square(tf.unstack(y)[0]!), x),
      [2, 4],
    );
    expectNumbers(
      slopes((y) => tf.square(tf.split(y, 1, 1)[0]!), x),
      [2, 4],
    );
    expectNumbers(
      slopes((y) => tf.linalg.bandPart(y, 0, 0), tf.ones([2, 2])),
      [1, 0, 0, 1],
    );
    // The norm of R is that of the matrix.
    const matrix = tf.tensor2d([
      [3, 1],
      [-1, 2],
      [0.5, 1],
    ]);
    expectNumbers(
      slopes((y) => tf.square(tf.linalg.qr(y)[1]), matrix),
      [6, 2, -2, 4, 1, 2],
      1e-4,
    );
  });

  it('piecewise constant operations: zero, and no exception', () => {
    const x = tf.tensor1d([-1.5, 0.5, 2.5]);
    const flags: readonly F[] = [
      (y) => tf.greater(y, 0),
      (y) => tf.less(0, y),
      (y) => tf.equal(y, 1),
      (y) => tf.logicalNot(tf.notEqual(y, 1)),
      (y) => tf.cast(y, 'int32'),
      (y) => tf.floorDiv(y, 2),
      (y) => tf.round(y),
    ];
    for (const flag of flags)
      expect(slopes((y) => tf.add(tf.cast(flag(y), 'float32'), y), x)).toEqual([1, 1, 1]);
  });

  it('of operands that broadcast, and of tensors of many axes', () => {
    const a = tf.tensor2d([[1], [4]]);
    const b = tf.tensor1d([2, 3]);
    expectNumbers(
      slopes((y) => tf.maximum(y, b), a),
      [0, 2],
    );
    expectNumbers(
      slopes((y) => tf.minimum(a, y), b),
      [1, 1],
    );
    expectNumbers(
      slopes((y) => tf.squaredDifference(y, b), a),
      [-6, 6],
    );
    expectNumbers(
      slopes((y) => tf.tile(y, [1, 1, 2, 1, 3]), tf.ones([1, 1, 1, 1, 2])),
      [6, 6],
    );
  });

  it('at edges: the values of other frameworks', () => {
    const x = tf.tensor1d([1, 1, 1]);
    // Each of equal numbers has its share, so that a number next to itself has the slope of the maximum.
    expectNumbers(
      slopes((y) => tf.max(y), x),
      [1 / 3, 1 / 3, 1 / 3],
    );
    expectNumbers(
      slopes((y) => tf.min(tf.stack([y, y])), tf.scalar(2)),
      [1],
    );
    expect(slopes((y) => tf.abs(y), tf.tensor1d([-2, 0, 2]))).toEqual([-1, 0, 1]);
    expect(slopes((y) => tf.pow(y, 0), tf.tensor1d([0, 2]))).toEqual([0, 0]);
    expect(slopes((y) => tf.pow(y, 1), tf.tensor1d([0, 2]))).toEqual([1, 1]);
    expect(slopes((y) => tf.pow(y, 2), tf.tensor1d([0, -2]))).toEqual([0, -4]);
    expect(slopes((y) => tf.pow(0, y), tf.tensor1d([1, 2]))).toEqual([0, 0]);
    expect(slopes((y) => tf.maximum(y, y), tf.tensor1d([0, -2]))).toEqual([1, 1]);
  });

  it('of empty tensors', () => {
    const empty = tf.zeros([2, 0]);
    for (const f of [
      (y) => tf.exp(y),
      (y) => tf.maximum(y, 1),
      (y) => tf.mul(y, y),
      (y) => tf.tile(y, [2, 3]),
      (y) => tf.cumsum(y, 0),
    ] as readonly F[])
      expect(slopes((y) => tf.add(f(y), 0), empty)).toEqual([]);
  });
});

describeOnBackends('second derivatives', () => {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

  it('of silu are those of its formula', () => {
    const xs = [-3, -0.5, 0, 0.5, 2];
    const wanted = xs.map((x) => {
      const s = sigmoid(x);
      return s * (1 - s) * (2 + x * (1 - 2 * s));
    });
    expect(wanted[3]).toBeCloseTo(0.4412, 4);
    expectNumbers(second(silu, tf.tensor1d(xs)), wanted);
    expectNumbers(
      take(
        vmap((x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.grad(silu)(tf.mul(y, 1)))(x))(tf.tensor1d(xs)),
      ),
      wanted,
    );
  });

  it('pass through saved outputs of kernels, also in a third derivative', () => {
    const xs = tf.tensor1d([0.3, -1, 2]);
    const numbers = take(tf.clone(xs));
    expectNumbers(second(tf.exp, xs), numbers.map(Math.exp));
    expectNumbers(
      second(tf.tanh, xs),
      numbers.map((x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)),
    );
    expectNumbers(
      second(tf.elu, xs),
      numbers.map((x) => (x < 0 ? Math.exp(x) : 0)),
    );
    const third = tf.grad((x: tf.Tensor) =>
      tf.sum(
        tf.grad((y: tf.Tensor) =>
          tf.sum(tf.grad((z: tf.Tensor) => tf.sum(tf.exp(tf.mul(2, z))))(tf.mul(y, 1))),
        )(tf.mul(x, 1)),
      ),
    );
    expectNumbers(
      take(third(xs)),
      numbers.map((x) => 8 * Math.exp(2 * x)),
    );
  });

  it('of normalisation are those of the operations one by one', () => {
    const x = tf.tensor2d([[0.5, -1, 2, 0.1]]);
    const weights = tf.tensor2d([[1, -2, 0.5, 3]]);
    const plain: F = (y) => {
      const centred = tf.sub(y, tf.mean(y, -1, true));
      return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 0.1)));
    };
    const standardize: F = (y) => {
      const attrs = { groups: 1, eps: 0.1, centred: true };
      return tf.reshape(normalizeGroups(tf.reshape(y, [1, 1, 4]), {}, attrs), y.shape);
    };
    const squares =
      (f: F): F =>
      (y) =>
        tf.square(tf.sum(tf.mul(tf.square(f(y)), weights)));
    expectNumbers(second(squares(standardize), x), second(squares(plain), x), 1e-4);
  });
});

describe('registration', () => {
  it('restores our gradients if a later import has registered its own', async () => {
    const ours = tf.getGradient(tf.Prod)!;
    tf.registerGradient({ kernelName: tf.Prod, gradFunc: () => ({}) });
    await start('cpu');
    expect(tf.getGradient(tf.Prod)).toBe(ours);
  });

  it('names the alternative to differentiating with respect to a complex tensor', async () => {
    await start('cpu');
    expect(() => tf.grad((x: tf.Tensor) => tf.sum(tf.abs(x)))(tf.complex([3], [4]))).toThrow(
      /use tf.sqrt\(re \* re \+ im \* im\)/,
    );
  });

  it('gives kernels that no operation runs the gradients of their counterparts', async () => {
    await start('cpu');
    const dy = tf.ones([2, 3]);
    const byName = (
      name: string,
      saved: tf.Tensor[],
      attrs: object,
    ): Readonly<Record<string, () => tf.Tensor>> =>
      tf.getGradient(name)!.gradFunc(dy, saved, attrs as tf.NamedAttrMap);
    expect(take(byName(tf.BroadcastTo, [], { inputShape: [3], shape: [2, 3] }).x!())).toEqual([2, 2, 2]);
    const logProbs = tf.logSoftmax(
      tf.tensor2d([
        [1, 2, 3],
        [0, 0, 0],
      ]),
    );
    const wanted = slopes(
      (x) => tf.logSoftmax(x),
      tf.tensor2d([
        [1, 2, 3],
        [0, 0, 0],
      ]),
    );
    expectNumbers(take(byName(tf.LogSoftmax, [logProbs], { axis: -1 }).logits!()), wanted);
  });
});

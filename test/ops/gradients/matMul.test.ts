import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Case,
  cases,
  countElements,
  listShapes,
  numbers,
  reference,
} from '../../kernels/wasm/support.ts';
import { describeOnBackends, kernels, runs } from '../../support/backends.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { expectNumbers, take } from '../../support/numbers.ts';

const factors = (c: Case): readonly [tf.Tensor, tf.Tensor] => {
  const [shapeA, shapeB] = listShapes(c);
  return [
    tf.tensor(numbers(countElements(shapeA), c.seed), shapeA),
    tf.tensor(numbers(countElements(shapeB), c.seed + 1), shapeB),
  ];
};

/** The product by multiplication and sum, whose gradients are tfjs's own and right. */
const bySums = (a: tf.Tensor, b: tf.Tensor, c: Case): tf.Tensor => {
  const swap = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(x, [...x.shape.slice(0, -2).keys(), x.rank - 1, x.rank - 2]);
  const rows = tf.expandDims(c.transposeA ? swap(a) : a, -1);
  const columns = tf.expandDims(c.transposeB ? swap(b) : b, -3);
  return tf.sum(tf.mul(rows, columns), -2);
};

// tfjs's elementwise kernels fail on empty tensors, and its products where both factors repeat.
const differentiable = (c: Case): boolean =>
  [c.rows, c.depth, c.columns, ...c.outerA, ...c.outerB].every((size) => size > 0);

const oneRepeats = (c: Case): boolean => {
  const outer = countElements(tf.broadcast_util.assertAndGetBroadcastShape([...c.outerA], [...c.outerB]));
  return [c.outerA, c.outerB].every((own) => countElements(own) === 1 || countElements(own) === outer);
};

describeOnBackends('the gradient of matMul', () => {
  test('is correct for factors that broadcast, and so is the product', () => {
    const suitable = cases.filter((c) => differentiable(c) && (kernels || oneRepeats(c)));
    fc.assert(
      fc.property(suitable, (c) => {
        const [a, b] = factors(c);
        const { shape, values } = reference(a.dataSync() as Float32Array, b.dataSync() as Float32Array, c);
        expectNumbers(take(tf.matMul(a, b, c.transposeA, c.transposeB)), Array.from(values), 1e-5);
        const weight = tf.tensor(numbers(countElements(shape), c.seed + 2), shape);
        const gradients = (f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor) =>
          tf.tidy(() => tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(f(x, y), weight)))([a, b]));
        const got = gradients((x, y) => tf.matMul(x, y, c.transposeA, c.transposeB));
        const wanted = gradients((x, y) => bySums(x, y, c));
        expect(got.map((x) => x.shape)).toEqual([a.shape, b.shape]);
        got.forEach((x, at) => {
          expectNumbers(take(x), take(wanted[at]!), 1e-5);
        });
        tf.dispose([a, b, weight]);
      }),
      { numRuns: runs(100) },
    );
  });

  test('is differentiable', () => {
    const c = {
      outerA: [3],
      outerB: [1],
      rows: 2,
      depth: 3,
      columns: 4,
      transposeA: false,
      transposeB: true,
      seed: 1,
    };
    const [a, b] = factors(c);
    const second = (f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): tf.Tensor =>
      tf.tidy(() =>
        tf.grad((y: tf.Tensor) =>
          tf.sum(tf.square(tf.grad((x: tf.Tensor) => tf.sum(tf.square(f(x, y))))(a))),
        )(b),
      );
    const got = second((x, y) => tf.matMul(x, y, false, true));
    const wanted = second((x, y) => bySums(x, y, c));
    expect(got.shape).toEqual(b.shape);
    expectNumbers(take(got), take(wanted), 1e-5);
    tf.dispose([a, b]);
  });

  test('leaks no tensor', () => {
    const [a, b] = [tf.ones([2, 3, 4]), tf.ones([4, 5])];
    expectNoLeak(() => tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y))([a, b]));
    tf.dispose([a, b]);
  });
});

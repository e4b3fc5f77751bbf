import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  broadcastable,
  everywhere,
  float,
  none,
  notOnWasm,
  pickShape,
  type Row,
  sizeOrNone,
} from '../support/againstLoop.ts';

const size = sizeOrNone;

interface Drawn {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const factors = (outer: fc.Arbitrary<readonly (readonly number[])[]>): fc.Arbitrary<Drawn> =>
  fc
    .tuple(outer, size, size, size, fc.boolean(), fc.boolean())
    .map(([[outerA, outerB], m, k, n, transposeA, transposeB]) => ({
      a: [...outerA!, ...(transposeA ? [k, m] : [m, k])],
      b: [...outerB!, ...(transposeB ? [n, k] : [k, n])],
      transposeA,
      transposeB,
    }));

/** The product with its outer axes broadcast first: tfjs's gradient of matMul does not sum over them. */
const explicit = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const full = (x: tf.Tensor): tf.Tensor => tf.add(x, tf.zeros([...outer, 1, 1]));
  return tf.matMul(full(a), full(b), transposeA, transposeB);
};

const product = (name: string, outer: fc.Arbitrary<readonly (readonly number[])[]>): Row => ({
  name,
  gradient: everywhere,
  draw: factors(outer).map(({ a, b, transposeA, transposeB }) => ({
    args: [float(a), float(b)],
    f: (x, y) => tf.matMul(x!, y!, transposeA, transposeB),
    reference: (x, y) => explicit(x!, y!, transposeA, transposeB),
  })),
});

const activations = ['linear', 'relu', 'elu', 'relu6', 'sigmoid', 'leakyrelu', 'prelu'] as const;

/** Products of matrices. */
export const matrices: readonly Row[] = [
  product('matMul', fc.constant([[], []])),
  product('matMul with outer axes', broadcastable(2)),
  {
    name: 'dot',
    gradient: everywhere,
    draw: size.map((n) => ({ args: [float([n]), float([n])], f: (a, b) => tf.dot(a!, b!) })),
  },
  {
    name: 'outerProduct',
    gradient: everywhere,
    draw: fc.tuple(size, size).map(([n, m]) => ({
      args: [float([n]), float([m])],
      f: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    })),
  },
  {
    // The wasm kernel refuses a bias that was reshaped, as the loop's is: the copy is for it.
    name: 'fused.matMul',
    gradient: everywhere,
    draw: fc.tuple(size, size, size, fc.constantFrom(...activations)).map(([m, k, n, activation]) => ({
      args: [float([m, k]), float([k, n]), float([n]), float([n], 0.1, 1)],
      f: (a, b, bias, slopes) =>
        tf.add(
          tf.fused.matMul({
            a: a!,
            b: b!,
            bias: tf.add(bias!, 0),
            activation,
            preluActivationWeights: slopes!,
          }),
          tf.mul(0, slopes!),
        ),
    })),
  },
  {
    name: 'fused.matMul, transposed, batched, without bias',
    gradient: everywhere,
    draw: fc.tuple(size, size, size).map(([m, k, n]) => ({
      args: [float([2, k, m]), float([2, n, k])],
      f: (a, b) => tf.fused.matMul({ a: a!, b: b!, transposeA: true, transposeB: true }),
    })),
  },
  ...['ij,jk->ik', 'ji,jk->ki', 'ij,k->kij', 'ij,ij->', 'i,->', ',i->i', ',->', '->'].map((equation): Row => {
    const lengths: Readonly<Record<string, number>> = { i: 2, j: 3, k: 4 };
    const shapes = equation.split('->')[0]!.split(',');
    return {
      name: `einsum ${equation}`,
      gradient: none,
      only: notOnWasm,
      draw: fc.constant({
        args: shapes.map((letters) => float([...letters].map((letter) => lengths[letter]!))),
        f: (...all) => tf.einsum(equation, ...all),
      }),
    };
  }),
  // tfjs's own kernel is wrong for these, has no gradient and is not on wasm.
  ...(
    [
      ['ij,ik->i', [2, 3], [2, 4], (a, b) => tf.mul(tf.sum(a, 1), tf.sum(b, 1))],
      ['ij,i->i', [2, 3], [2], (a, b) => tf.mul(tf.sum(a, 1), b)],
      ['ij,kj->ki', [2, 3], [4, 3], (a, b) => tf.matMul(b, a, false, true)],
    ] as readonly (readonly [string, number[], number[], (a: tf.Tensor, b: tf.Tensor) => tf.Tensor])[]
  ).map(
    ([equation, first, second, formula]): Row => ({
      name: `einsum ${equation}`,
      gradient: everywhere,
      draw: fc.constant({
        args: [float(first), float(second)],
        f: (...all) => tf.einsum(equation, ...all),
        reference: (a, b) => formula(a!, b!),
      }),
    }),
  ),
  {
    name: 'einsum of one tensor',
    gradient: none,
    only: notOnWasm,
    draw: fc.constant({ args: [float([2, 3])], f: (x) => tf.einsum('ab -> ba', x!) }),
  },
  {
    name: 'linalg.bandPart',
    gradient: everywhere,
    draw: fc
      .tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 }))
      .map(([lower, upper]) => ({
        args: [float([2, 3])],
        f: (x) => tf.linalg.bandPart(x!, lower, upper),
      })),
  },
  {
    name: 'linalg.gramSchmidt',
    gradient: everywhere,
    draw: fc.constant({
      args: [float([3, 3])],
      f: (x) => tf.linalg.gramSchmidt(x as tf.Tensor2D) as tf.Tensor2D,
    }),
  },
  {
    name: 'linalg.qr',
    gradient: everywhere,
    draw: fc.tuple(pickShape(0, 1), fc.boolean()).map(([outer, full]) => ({
      // Several matrices must be square, as tfjs gives both factors their shape.
      args: [float(outer.length === 0 ? [3, 2] : [...outer, 3, 3])],
      f: (x) => tf.linalg.qr(x!, full && outer.length === 0),
    })),
  },
];

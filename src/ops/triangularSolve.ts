import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, sameShape } from '../check/index.ts';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { kernelGradient } from './gradients/kernelGradient.ts';
import { savedOutput } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';
import { diagonal, lowerTriangle, strictlyLower } from './triangles.ts';

/**
 * The name of a kernel that solves triangular systems. It takes the float32 tensors `lower` [..., n, n] and `right`
 * [..., n, columns], with the same outer axes, and `TriangularAttributes`, and returns a tensor like `right`. It reads no
 * element above the diagonal. A backend may lack it: this file has the same in plain operations.
 */
export const triangularSolveKernel = 'TfjsBayesianTriangularSolve';

/** How the kernel reads the matrices. */
export interface TriangularAttributes {
  /** Whether the systems are `L^T x = b`. */
  readonly transposed: boolean;
  /** Whether the diagonal is 1, whatever is stored there. */
  readonly unitDiagonal: boolean;
}

const optionNames: OptionNames<TriangularAttributes> = { transposed: true, unitDiagonal: true };

type Solve = (lower: tf.Tensor, right: tf.Tensor) => tf.Tensor;

/** The gradients of both inputs: `db = L^-T dx` and `dL = -db x^T`, or for `L^T` their counterparts. */
const gradients = (lower: tf.Tensor, x: tf.Tensor, dy: tf.Tensor, attrs: TriangularAttributes) => {
  const dRight = triangularSolve(lower, dy, { ...attrs, transposed: !attrs.transposed });
  const [left, right] = attrs.transposed ? [x, dRight] : [dRight, x];
  const part = attrs.unitDiagonal ? strictlyLower : lowerTriangle;
  return { lower: () => part(tf.neg(tf.matMul(left, right, false, true))), right: () => dRight };
};

/** The gradient of the kernel. */
export const triangularSolveGradient: tf.GradConfig = kernelGradient<TriangularAttributes>({
  kernelName: triangularSolveKernel,
  inputsToSave: ['lower'],
  outputsToSave: [true],
  gradients: (dy, [lower, x], attrs) => gradients(lower!, savedOutput(x!), dy, attrs),
});

/** The blocks of `size` numbers a side just below the diagonal in pairs of blocks: `[items, pairs, size, size]`. */
const blocksBelow = (lower: tf.Tensor, size: number): tf.Tensor => {
  const [items, whole] = lower.shape as [number, number, number];
  const pairs = whole / (2 * size);
  const apart = tf.reshape(lower, [items, pairs, 2 * size, whole]);
  const rows = tf.slice(apart, [0, 0, size, 0], [items, pairs, size, whole]);
  const columns = tf.reshape(rows, [items * pairs, size, pairs, 2 * size]);
  const blocks = tf.slice(columns, [0, 0, 0, 0], [items * pairs, size, pairs, size]);
  const all = tf.reshape(tf.transpose(blocks, [0, 2, 1, 3]), [items, pairs * pairs, size * size]);
  const places = tf.range(0, pairs * pairs, pairs + 1, 'int32');
  return tf.reshape(tf.gather(all, places, 1), [items, pairs, size, size]);
};

/**
 * The inverses of lower triangular matrices `[items, n, n]`, n a power of two: those of the blocks on the diagonal, of
 * 1, 2, 4, ... rows, so that a GPU runs log2(n) batches of products and not n steps.
 */
const inverted = (lower: tf.Tensor): tf.Tensor => {
  const [items, whole] = lower.shape as [number, number, number];
  const levels = Array.from({ length: Math.log2(whole) }, (_, level) => 2 ** level);
  const first = tf.reshape(tf.reciprocal(diagonal(lower)), [items, whole, 1, 1]);
  const inverse = levels.reduce((blocks, size) => {
    const pairs = whole / (2 * size);
    const apart = tf.reshape(blocks, [items, pairs, 2, size * size]);
    const [upper, below] = [0, 1].map((half) =>
      tf.reshape(tf.slice(apart, [0, 0, half, 0], [items, pairs, 1, size * size]), [
        items * pairs,
        size,
        size,
      ]),
    ) as [tf.Tensor, tf.Tensor];
    const between = tf.reshape(blocksBelow(lower, size), [items * pairs, size, size]);
    const corner = tf.neg(tf.matMul(below, tf.matMul(between, upper)));
    const rows = [tf.concat([upper, tf.zerosLike(corner)], 2), tf.concat([corner, below], 2)];
    return tf.reshape(tf.concat(rows, 1), [items, pairs, 2 * size, 2 * size]);
  }, first);
  return tf.reshape(inverse, [items, whole, whole]);
};

const sizeFromShape = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

/** The solution in plain operations, without a gradient of its own. */
const plainSolution =
  ({ transposed, unitDiagonal }: TriangularAttributes): Solve =>
  (lower, right) => {
    const n = lower.shape.at(-1)!;
    const items = sizeFromShape(lower.shape.slice(0, -2));
    if (right.size === 0) return tf.zerosLike(right);
    const own = tf.reshape(lower, [items, n, n]);
    const triangle = unitDiagonal ? tf.add(strictlyLower(own), tf.eye(n)) : lowerTriangle(own);
    // Rows and columns of the identity, up to a power of two.
    const more = 2 ** Math.ceil(Math.log2(n)) - n;
    const padded = tf.pad(triangle, [
      [0, 0],
      [0, more],
      [0, more],
    ]);
    const ones = tf.reshape(tf.concat([tf.zeros([n]), tf.ones([more])]), [1, n + more, 1]);
    const whole = more === 0 ? triangle : tf.add(padded, tf.mul(ones, tf.eye(n + more)));
    const inverse = tf.slice(inverted(whole), [0, 0, 0], [items, n, n]);
    const columns = tf.reshape(right, [items, n, right.shape.at(-1)!]);
    return tf.reshape(tf.matMul(inverse, columns, transposed), right.shape);
  };

/** `triangularSolve` in plain operations, for any backend. */
const plainSolve =
  (attrs: TriangularAttributes): Solve =>
  (lower, right) =>
    customGrad((own: tf.Tensor, columns: tf.Tensor) => {
      const value = tf.tidy(() => plainSolution(attrs)(own, columns));
      return {
        value,
        saved: [own, value],
        gradient: (dy, [matrix, x]) => {
          const by = gradients(matrix, savedOutput(x), dy, attrs);
          return [by.lower(), by.right()];
        },
      };
    })(lower, right);

const assertSystem = (lower: tf.Tensor, right: tf.Tensor): void => {
  const [rows, columns] = lower.shape.slice(-2);
  if (lower.rank < 2 || rows !== columns || lower.dtype !== 'float32')
    invalidArgument('triangularSolve: lower', 'float32 matrices of shape [..., n, n]', lower);
  const outer = lower.shape.slice(0, -2);
  const fits = sameShape(right.shape.slice(0, -1), [...outer, rows!]) && right.dtype === 'float32';
  if (!fits)
    invalidArgument(
      'triangularSolve: right',
      `float32 columns of shape [${[...outer, rows, 'columns'].join(', ')}]`,
      right,
    );
};

/**
 * Solves `L x = b`, or `L^T x = b`, for lower triangular matrices, by substitution. Elements above the diagonal are not
 * read. A zero on the diagonal gives infinities or NaN. Only this function chooses between a kernel and plain operations.
 *
 * @param lower the matrices L, `[..., n, n]`
 * @param right the right sides b, `[..., n, columns]`, with the same outer axes
 * @param options `transposed` for `L^T x = b`, `unitDiagonal` to take the diagonal for 1; both default to false
 * @returns x, `[..., n, columns]`
 * @throws Error unless the matrices are square and the right sides fit, all float32
 * @example
 * const x = triangularSolve(tf.tensor2d([[2, 0], [1, 1]]), tf.tensor2d([[2], [3]]));
 * x.print(); // [[1], [2]]
 */
export const triangularSolve = (
  lower: tf.Tensor,
  right: tf.Tensor,
  options: Partial<TriangularAttributes> = {},
): tf.Tensor => {
  const { transposed = false, unitDiagonal = false } = knownOptions('triangularSolve', options, optionNames);
  assertSystem(lower, right);
  const attrs = { transposed, unitDiagonal };
  return hasKernel(triangularSolveKernel)
    ? runKernel(triangularSolveKernel, { lower, right }, attrs)
    : plainSolve(attrs)(lower, right);
};

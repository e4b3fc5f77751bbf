import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { kernelGradient } from './gradients/kernelGradient.ts';
import { savedOutput } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';
import { lowerTriangle, strictlyLower } from './triangles.ts';
import { triangularSolve } from './triangularSolve.ts';

/**
 * The name of a kernel that factors positive definite matrices. It takes the float32 tensor `a` [..., n, n], of which it
 * reads `(a + a^T) / 2`, and returns the factors, like `a`. A backend may lack it: this file has the same in plain
 * operations.
 */
export const choleskyKernel = 'TfjsBayesianCholesky';

/**
 * The error for a pivot that is not above 0, which kernels throw that can read it.
 *
 * @throws Error always
 */
export const refusePivot = (pivot: number, row: number, matrix: number, matrices: number): never =>
  invalidArgument(
    `cholesky: ${matrices === 1 ? 'the matrix' : `matrix ${matrix} of ${matrices}`}`,
    'positive definite',
    pivot,
    `that is what is left of the element on the diagonal in row ${row}, which must be above 0`,
  );

const transposed = (x: tf.Tensor): tf.Tensor => {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
};

/** The mean of matrices and their transposes. */
const symmetric = (x: tf.Tensor): tf.Tensor => tf.mul(0.5, tf.add(x, transposed(x)));

/**
 * The gradient of the matrix: the symmetric part of `L^-T P L^-1`, where P is the lower triangle of `L^T dL` with half
 * its diagonal (Murray 2016, eq. 10).
 */
const gradient = (factor: tf.Tensor, dy: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const product = tf.matMul(factor, lowerTriangle(dy), true);
    const middle = tf.mul(0.5, tf.add(lowerTriangle(product), strictlyLower(product)));
    const left = triangularSolve(factor, middle, { transposed: true });
    return symmetric(triangularSolve(factor, transposed(left), { transposed: true }));
  });

/** The gradient of the kernel. */
export const choleskyGradient: tf.GradConfig = kernelGradient<object>({
  kernelName: choleskyKernel,
  outputsToSave: [true],
  gradients: (dy, [factor]) => ({ a: () => gradient(savedOutput(factor!), dy) }),
});

/** The factors in plain operations, column by column, without a gradient of its own. */
const plainFactors = (a: tf.Tensor): tf.Tensor => {
  const n = a.shape.at(-1)!;
  const items = tf.util.sizeFromShape(a.shape.slice(0, -2));
  const columns: tf.Tensor[] = [];
  let rest = symmetric(tf.reshape(a, [items, n, n]));
  for (let column = 0; column < n; column++) {
    const left = n - column;
    const pivot = tf.slice(rest, [0, 0, 0], [items, 1, 1]);
    // The square root of a negative number is not NaN on every GPU.
    const root = tf.where(tf.greater(pivot, 0), tf.sqrt(pivot), tf.fill([items, 1, 1], Number.NaN));
    const own = tf.div(tf.slice(rest, [0, 0, 0], [items, left, 1]), root);
    columns.push(
      tf.pad(own, [
        [0, 0],
        [column, 0],
        [0, 0],
      ]),
    );
    if (left === 1) break;
    const below = tf.slice(own, [0, 1, 0], [items, left - 1, 1]);
    const outer = tf.mul(below, tf.reshape(below, [items, 1, left - 1]));
    rest = tf.sub(tf.slice(rest, [0, 1, 1], [items, left - 1, left - 1]), outer);
  }
  return tf.reshape(columns.length === 1 ? columns[0]! : tf.concat(columns, 2), a.shape);
};

/** `cholesky` in plain operations, for any backend. */
const plainCholesky = (a: tf.Tensor): tf.Tensor =>
  customGrad((given: tf.Tensor) => {
    const value = tf.tidy(() => plainFactors(given));
    return { value, saved: [value], gradient: (dy, [factor]) => gradient(savedOutput(factor), dy) };
  })(a);

/**
 * The Cholesky factors of symmetric, positive definite matrices: the lower triangular L with a positive diagonal for
 * which `L L^T` is the matrix. Of a matrix that is not symmetric it takes the symmetric part. Only this function chooses
 * between a kernel and plain operations.
 *
 * For a matrix that is not positive definite, a kernel throws; plain operations, as on a GPU, give NaN from the first row
 * where it shows. NaN in a matrix gives NaN.
 *
 * @param a the matrices, `[..., n, n]`
 * @returns their factors, `[..., n, n]`, zero above the diagonal
 * @throws Error unless the matrices are square and float32; naming the row and the pivot, for a matrix that is not
 * positive definite, where values can be read
 * @example
 * cholesky(tf.tensor2d([[4, 2], [2, 5]])).print(); // [[2, 0], [1, 2]]
 */
export const cholesky = (a: tf.Tensor): tf.Tensor => {
  if (a.rank < 2 || a.shape.at(-1) !== a.shape.at(-2) || a.dtype !== 'float32')
    invalidArgument('cholesky: a', 'float32 matrices of shape [..., n, n]', a);
  if (a.size === 0) return tf.clone(a);
  return hasKernel(choleskyKernel) ? runKernel(choleskyKernel, { a }, {}) : plainCholesky(a);
};

/**
 * The name of a kernel that multiplies rows by weights drawn from normal distributions, which are not stored. It takes the
 * float32 tensors `x`, `[rows, depth]` for all keys or `[keys, rows, depth]`, and `mean` and `logStd`, `[depth, columns]`,
 * and returns `[keys, rows, columns]`: the bits of `normalDrawKernel` and a product after it. It has no gradient. A backend
 * may lack it, as may sizes that it is not made for: src/distributions/normalProduct.ts chooses.
 */
export const drawnProductKernel = 'TfjsBayesianDrawnProduct';

/** The attributes of the kernel. */
export interface DrawnProductAttributes {
  /** The two words of each key, consecutively. */
  readonly words: readonly number[];
}

/** The depth up to which a product adds its terms in float32, in blocks. */
const DEEPEST = 6400;

/** Whether the kernel is made for weights of a shape: it draws whole panels of eight columns. */
export const fitsDrawnProduct = (shape: readonly number[]): boolean => {
  const [depth = 0, columns = 0] = shape;
  return shape.length === 2 && depth > 0 && depth <= DEEPEST && columns >= 32 && columns % 8 === 0;
};

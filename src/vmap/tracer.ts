import { Tensor, util } from '@tensorflow/tfjs-core';

/** What a tracer stands for: a tensor with the batch axis first, and the `vmap` that axis belongs to. */
export interface Batch {
  readonly physical: Tensor;
  readonly level: number;
}

// A symbol of the global registry, so that tracers of an ESM and a CJS copy of the library know each other.
const mark: unique symbol = Symbol.for('tfjs-bayesian/tracer');

type Tracer = Tensor & { readonly [mark]: Batch };

const unreadable = (): never => {
  throw new Error(
    'vmap: the values of a tensor cannot be read inside vmap (nor a tensor of a vmap be used after it), ' +
      'because there one tensor stands for a whole batch. Return the tensor and read it from the result ' +
      'of vmap; instead of branching on a value use tf.where',
  );
};

// A tracer has the identity and the lifetime of its physical tensor: the tape and tf.tidy go by these.
const forwarded = (name: 'kept' | 'scopeId' | 'isDisposed'): PropertyDescriptor => ({
  get(this: Tracer) {
    return this[mark].physical[name];
  },
  set(this: Tracer, value: unknown) {
    Object.assign(this[mark].physical, { [name]: value });
  },
});

const prototype: object = Object.create(Tensor.prototype, {
  kept: forwarded('kept'),
  scopeId: forwarded('scopeId'),
  isDisposed: forwarded('isDisposed'),
  dispose: {
    value(this: Tracer) {
      this[mark].physical.dispose();
    },
  },
  // No logical shape fits the physical data, so whoever asks for the data by itself must be stopped too.
  dataId: { get: unreadable },
  ...Object.fromEntries(
    ['data', 'dataSync', 'array', 'arraySync', 'buffer', 'bufferSync', 'bytes', 'bytesSync', 'dataToGPU'].map(
      (name) => [name, { value: unreadable }],
    ),
  ),
  variable: { value: unreadable },
  toString: { value: unreadable },
  print: { value: unreadable },
});

/**
 * A tensor that stands for a batch inside `vmap`: it has the shape of one item.
 *
 * @param physical the batch, its batch axis first; for nested `vmap`s this may be a tracer itself
 * @param level the level of the `vmap` that maps over the axis
 * @example
 * batchTracer(tf.zeros([10, 3]), level).shape; // [3]
 */
export const batchTracer = (physical: Tensor, level: number): Tensor => {
  const shape = physical.shape.slice(1);
  return Object.assign(Object.create(prototype) as Tensor, {
    shape,
    dtype: physical.dtype,
    size: util.sizeFromShape(shape),
    strides: util.computeStrides(shape),
    id: physical.id,
    rankType: shape.length < 5 ? String(shape.length) : 'higher',
    [mark]: { physical, level },
  });
};

/** The batch that a tracer stands for; `undefined` for everything else. */
export const batchOf = (value: unknown): Batch | undefined =>
  typeof value === 'object' && value !== null ? (value as Partial<Tracer>)[mark] : undefined;

/**
 * Whether a tensor stands for a batch inside `vmap`.
 *
 * @example
 * isTracer(tf.scalar(1)); // false
 */
export const isTracer = (value: unknown): value is Tensor => batchOf(value) !== undefined;

/** The level of a tracer; 0 for everything else. Levels of inner `vmap`s are higher. */
export const levelOf = (value: unknown): number => batchOf(value)?.level ?? 0;

/** The physical tensor of a tracer of this level; every other tensor as it is. */
export const physicalAt =
  (level: number) =>
  (tensor: Tensor): Tensor => {
    const batch = batchOf(tensor);
    return batch?.level === level ? batch.physical : tensor;
  };

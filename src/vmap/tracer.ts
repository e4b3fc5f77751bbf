import { Tensor, util } from '@tensorflow/tfjs-core';

/** What a tracer stands for: a tensor with the batch axis first, and the `vmap` that axis belongs to. */
export interface Batch {
  readonly physical: Tensor;
  readonly level: number;
}

// A symbol of the global registry, so that tracers of an ESM and a CJS copy of the library know each other.
const mark: unique symbol = Symbol.for('tfjs-bayesian/tracer');

/** Whether a tracer's physical tensor is its own to dispose, is lent, or was lent and is given back. */
type Ownership = 'own' | 'lent' | 'returned';

const ownership: unique symbol = Symbol('ownership');

type Tracer = Tensor & { readonly [mark]: Batch; [ownership]: Ownership };

const unreadable = (): never => {
  throw new Error(
    'vmap: the values of a tensor cannot be read inside vmap (nor a tensor of a vmap be used after it), ' +
      'because there one tensor stands for a whole batch. Return the tensor and read it from the result ' +
      'of vmap; instead of branching on a value use tf.where',
  );
};

/** What is in a tracer itself. Built by a constructor, as one is made for every result inside `vmap`. */
class TracerFields {
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
  readonly id: number;
  readonly [mark]: Batch;
  readonly [ownership]: Ownership;

  constructor(physical: Tensor, level: number, owner: Ownership) {
    this.shape = physical.shape.slice(1);
    this.dtype = physical.dtype;
    this.id = physical.id;
    this[mark] = { physical, level };
    this[ownership] = owner;
  }
}

const ofShape = (name: string, get: (shape: number[]) => unknown): PropertyDescriptorMap => ({
  [name]: {
    get(this: Tracer) {
      return get(this.shape);
    },
  },
});

// A tracer has the identity and the lifetime of its physical tensor: the tape and tf.tidy go by these.
Object.setPrototypeOf(
  TracerFields.prototype,
  Object.create(Tensor.prototype, {
    ...ofShape('size', util.sizeFromShape),
    ...ofShape('strides', util.computeStrides),
    ...ofShape('rankType', ({ length }) => (length < 5 ? String(length) : 'higher')),
    kept: {
      get(this: Tracer) {
        return this[mark].physical.kept;
      },
      set(this: Tracer, value: boolean) {
        if (this[ownership] === 'own') this[mark].physical.kept = value;
      },
    },
    scopeId: {
      get(this: Tracer) {
        return this[mark].physical.scopeId;
      },
      set(this: Tracer, value: number) {
        Object.assign(this[mark].physical, { scopeId: value });
      },
    },
    isDisposed: {
      get(this: Tracer) {
        return this[ownership] === 'returned' || this[mark].physical.isDisposed;
      },
    },
    dispose: {
      value(this: Tracer) {
        if (this[ownership] === 'own') this[mark].physical.dispose();
        else this[ownership] = 'returned';
      },
    },
    // No logical shape fits the physical data, so whoever asks for the data by itself must be stopped too.
    dataId: { get: unreadable },
    ...Object.fromEntries(
      [
        ...['data', 'dataSync', 'array', 'arraySync', 'buffer', 'bufferSync', 'bytes', 'bytesSync'],
        ...['dataToGPU', 'toString', 'print'],
      ].map((name) => [name, { value: unreadable }]),
    ),
  }),
);

// Its prototype has all else that a tensor has, which no type can tell.
const tracer = (physical: Tensor, level: number, owner: Ownership): Tensor =>
  new TracerFields(physical, level, owner) as unknown as Tensor;

/**
 * A tensor that stands for a batch inside `vmap`: it has the shape of one item.
 *
 * @param physical the batch, its batch axis first; for nested `vmap`s this may be a tracer itself
 * @param level the level of the `vmap` that maps over the axis
 * @example
 * batchTracer(tf.zeros([10, 3]), level).shape; // [3]
 */
export const batchTracer = (physical: Tensor, level: number): Tensor => tracer(physical, level, 'own');

/** A tracer of a tensor that belongs to someone else: disposing or keeping the tracer does nothing to it. */
export const lentTracer = (physical: Tensor, level: number): Tensor => tracer(physical, level, 'lent');

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

import { Tensor, util } from '@tensorflow/tfjs-core';

/** The batch behind a tracer: a tensor with the batch axis first, and the level of its `vmap`. */
export interface Batch {
  readonly physical: Tensor;
  readonly level: number;
}

// A symbol of the global registry, so that ESM and CJS copies of the library recognise each other's tracers.
const mark: unique symbol = Symbol.for('tfjs-bayesian/tracer');

/** Whether a tracer owns its physical tensor, borrows it, or has returned it. */
type Ownership = 'own' | 'lent' | 'returned';

const ownership: unique symbol = Symbol('ownership');

type Tracer = Tensor & { readonly [mark]: Batch; [ownership]: Ownership };

const unreadable = (): never => {
  throw new Error(
    'vmap: the values of a tensor cannot be read inside vmap (nor can a tensor of a vmap be used after it), ' +
      'where one tensor is a whole batch. Read the result of vmap; to branch on a value use tf.where',
  );
};

/** The own fields of a tracer. A class for speed: every result inside `vmap` is a tracer. */
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

// A tracer has the identity and lifetime of its physical tensor, on which the tape and tf.tidy rely.
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
    // No logical shape matches the physical data, so direct access to it must throw, too.
    dataId: { get: unreadable },
    ...Object.fromEntries(
      [
        ...['data', 'dataSync', 'array', 'arraySync', 'buffer', 'bufferSync', 'bytes', 'bytesSync'],
        ...['dataToGPU', 'toString', 'print'],
      ].map((name) => [name, { value: unreadable }]),
    ),
  }),
);

// All other members of a tensor are on the prototype, which the type cannot express.
const tracer = (physical: Tensor, level: number, owner: Ownership): Tensor =>
  new TracerFields(physical, level, owner) as unknown as Tensor;

/**
 * A tensor that represents a batch inside `vmap`: it has the shape of one item.
 *
 * @param physical the batch, its batch axis first; for nested `vmap`s this may be a tracer itself
 * @param level the level of the `vmap` that maps over the axis
 * @example
 * batchTracer(tf.zeros([10, 3]), level).shape; // [3]
 */
export const batchTracer = (physical: Tensor, level: number): Tensor => tracer(physical, level, 'own');

/** A tracer of a borrowed tensor: disposing or keeping the tracer does not affect the tensor. */
export const lentTracer = (physical: Tensor, level: number): Tensor => tracer(physical, level, 'lent');

/** The batch behind a tracer; `undefined` for all other values. */
export const tracedBatch = (value: unknown): Batch | undefined =>
  typeof value === 'object' && value !== null ? (value as Partial<Tracer>)[mark] : undefined;

/**
 * Whether a tensor represents a batch inside `vmap`.
 *
 * @example
 * isTracer(tf.scalar(1)); // false
 */
export const isTracer = (value: unknown): value is Tensor => tracedBatch(value) !== undefined;

/** The level of a tracer; 0 for all other values. Levels of inner `vmap`s are higher. */
export const traceLevel = (value: unknown): number => tracedBatch(value)?.level ?? 0;

/** The physical tensor of a tracer of this level; every other tensor unchanged. */
export const physicalAt =
  (level: number) =>
  (tensor: Tensor): Tensor => {
    const batch = tracedBatch(tensor);
    return batch?.level === level ? batch.physical : tensor;
  };

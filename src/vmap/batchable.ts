/** Key of the method that makes one batch of a list of values. */
export const stackBatch: unique symbol = Symbol.for('tfjs-bayesian/stackBatch');

/** Key of the method that takes a batch apart into a list of values. */
export const unstackBatch: unique symbol = Symbol.for('tfjs-bayesian/unstackBatch');

/**
 * A value that is no tensor and that `vmap` can map over all the same, such as a random key. A list of
 * them is one batched argument; inside the function a single one stands for the whole list.
 */
export interface Batchable {
  /** Called on the first item: the batch of all items at a level of `vmap`. */
  readonly [stackBatch]: (items: readonly Batchable[], level: number) => Batchable;
  /** The items of a batch at `level`; of a value that is no batch at that level, `size` times itself. */
  readonly [unstackBatch]: (level: number, size: number) => readonly Batchable[];
}

/**
 * Whether `vmap` can map over a value that is no tensor.
 *
 * @example
 * isBatchable(random.key(0)); // true
 */
export const isBatchable = (value: unknown): value is Batchable =>
  typeof value === 'object' && value !== null && stackBatch in value && unstackBatch in value;

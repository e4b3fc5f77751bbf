/** The key of the method that stacks a list of values to a batch. */
export const stackBatch: unique symbol = Symbol.for('tfjs-bayesian/stackBatch');

/** The key of the method that splits a batch into a list of values. */
export const unstackBatch: unique symbol = Symbol.for('tfjs-bayesian/unstackBatch');

/**
 * A value that `vmap` can map over although it is not a tensor, such as a random key. A list of them is one batched
 * argument; inside the function a single value represents the list.
 */
export interface Batchable {
  /** Called on the first item: the batch of all items at a level of `vmap`. */
  readonly [stackBatch]: (items: readonly Batchable[], level: number) => Batchable;
  /** The items of a batch at `level`; for a value that is not a batch at that level, `size` times itself. */
  readonly [unstackBatch]: (level: number, size: number) => readonly Batchable[];
}

/**
 * Whether `vmap` can map over a value that is not a tensor.
 *
 * @example
 * isBatchable(random.key(0)); // true
 */
export const isBatchable = (value: unknown): value is Batchable =>
  typeof value === 'object' && value !== null && stackBatch in value && unstackBatch in value;

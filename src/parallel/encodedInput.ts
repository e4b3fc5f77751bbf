import { dispose } from '../tree/index.ts';
import { type Encoded, encode } from './encode.ts';
import type { Job } from './job.ts';

/** How an input is made, and what of it is to be disposed. */
interface Recipe<C> {
  readonly make: () => C;
  readonly owned: (made: C) => unknown;
}

const recipe: unique symbol = Symbol.for('tfjs-bayesian/lazyInput');

/**
 * An input that is made when it is needed, and whose `owned` tensors are disposed once it is encoded: a list of inputs then
 * needs the memory of few.
 *
 * @example
 * const inputs = [0, 1, 2].map((row) => lazyInput(() => ({ row: tf.slice(images, row, 1) }), ({ row }) => row));
 */
export const lazyInput = <C>(make: Recipe<C>['make'], owned: Recipe<C>['owned']): C =>
  ({ [recipe]: { make, owned } }) as C;

/** The encoded input of a job. */
export const encodedInput = async (
  { name }: Pick<Job<never, unknown>, 'name'>,
  number: number,
  input: unknown,
): Promise<Encoded> => {
  const argument = `input ${number} of ${name}`;
  const lazy = (input as { readonly [recipe]?: Recipe<unknown> } | undefined | null)?.[recipe];
  if (lazy === undefined) return encode(argument, input);
  const made = lazy.make();
  try {
    return await encode(argument, made);
  } finally {
    dispose(lazy.owned(made));
  }
};

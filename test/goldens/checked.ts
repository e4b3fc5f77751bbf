import type * as E from 'fp-ts/lib/Either.js';
import type { Comparison } from './compare.ts';
import type { Fields } from './json.ts';

/** A value, or the reason for which the library has none on purpose. */
export type Possible<A> = E.Either<string, A>;

/** Checks one case: the reason why it is skipped, or a comparison for every array that it gives. */
export type Check = (golden: Fields, file: Fields) => Possible<readonly Comparison[]>;

/**
 * For a name that the check has nothing for: such a case fails, since nothing of torch_blue is left out by its name.
 *
 * @throws Error always
 */
export const unknownName = (name: string): never => {
  throw new Error(`this check knows no '${name}'`);
};

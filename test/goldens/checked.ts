import * as E from 'fp-ts/lib/Either.js';
import type { Comparison } from './compare.ts';
import type { Fields } from './json.ts';

/** What came of a value that the library may not be able to make yet: the reason why not, or the value. */
export type Possible<A> = E.Either<string, A>;

/** Checks one case: the reason why it is skipped, or a comparison for every array that it gives. */
export type Check = (golden: Fields, file: Fields) => Possible<readonly Comparison[]>;

/** The reason for all that later work will bring. */
export const notYet = (name: string): Possible<never> => E.left(`${name} is not in the library yet`);

import { knownOptions, misuse, type OptionNames, positiveInteger } from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { vmap } from '../vmap/index.ts';
import { inGroups } from './inGroups.ts';
import type { Sampled, Stochastic } from './stochastic.ts';

/** Options of `vmapSamples`. */
export interface SampleOptions {
  /** How many draws. */
  readonly samples: number;
  /**
   * How many draws are held in memory at once; default all. Under differentiation each group is computed
   * again in the backward pass, so that training needs no more memory than one group. Only `params` and the
   * inputs are differentiated then, not what the function closes over.
   */
  readonly chunk?: number;
}

const optionNames: OptionNames<SampleOptions> = { samples: true, chunk: true };

/** A model as inference should see it: not by its `apply`, since every function has one of those. */
export interface Runnable<P, A extends readonly unknown[], Y> {
  readonly _tag: 'Model';
  readonly init: (key: Key) => P;
  readonly layer: { readonly body: (parts: never) => (...inputs: A) => Y };
}

const functionOf = <P, A extends readonly unknown[], Y>(
  of: Stochastic<P, A, Y> | Runnable<P, A, Y>,
): Stochastic<P, A, Y> => {
  const given: unknown = of;
  if (typeof given === 'function') return given as Stochastic<P, A, Y>;
  return typeof given === 'object' && given !== null && 'apply' in given && typeof given.apply === 'function'
    ? (given.apply as Stochastic<P, A, Y>)
    : misuse('vmapSamples: f', 'a model or a function of (params, key, ...inputs)', given);
};

const groupsOf = (keys: readonly Key[], size: number): readonly (readonly Key[])[] =>
  Array.from({ length: Math.ceil(keys.length / size) }, (_, group) =>
    keys.slice(group * size, (group + 1) * size),
  );

/**
 * Runs a stochastic function for many weight samples at once; results gain a leading sample axis,
 * `[samples, ...]`. Sample `s` is `f(params, foldIn(key, s), ...inputs)` exactly.
 *
 * @throws Error if `samples` or `chunk` is not a positive integer, or what is passed on is not a model or function
 * @example
 * const logits = pipe(model, vmapSamples({ samples: 10 }))(params, random.key(0), images); // [10, batch, classes]
 */
export const vmapSamples = (options: SampleOptions) => {
  const { samples, chunk = samples } = knownOptions('vmapSamples', options, optionNames);
  positiveInteger('vmapSamples: samples', samples);
  positiveInteger('vmapSamples: chunk', chunk);
  return <P, A extends readonly unknown[], Y>(
    of: Stochastic<P, A, Y> | Runnable<P, A, Y>,
  ): Sampled<P, A, Y> => {
    const f = functionOf(of);
    const side = (params: P, keys: readonly Key[], inputs: A): Y =>
      vmap((key: Key) => f(params, key, ...inputs), { inAxes: [0] })(keys as unknown as Key) as Y;
    const sampled = (params: P, key: Key, ...inputs: A): Y => {
      checkKey('vmapSamples: key', key);
      const keys = Array.from({ length: samples }, (_, s) => foldIn(key, s));
      const groups = groupsOf(keys, chunk);
      return groups.length === 1
        ? side(params, keys, inputs)
        : inGroups<readonly [P, A], readonly Key[], Y>(groups, ([p, x], group) => side(p, group, x))([
            params,
            inputs,
          ]);
    };
    return Object.assign(sampled, { samples });
  };
};

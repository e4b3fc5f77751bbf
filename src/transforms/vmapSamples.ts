import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger, tag } from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { vmap } from '../vmap/index.ts';
import type { Model } from './model.ts';
import type { NotBayesian } from './modelArgument.ts';
import { memberFunction, overMembers } from './overMembers.ts';
import { rematerialize } from './rematerialize.ts';
import type { MemberFunction, Sampled, Stochastic } from './stochastic.ts';

/** Options of `vmapSamples`. */
export interface SampleOptions {
  /** The number of samples. */
  readonly samples: number;
  /**
   * How many samples are held in memory at once; default all. Under differentiation each group is recomputed in the
   * backward pass, so training needs the memory of one group. Only `params` and the inputs are differentiated then, not
   * values that the function closes over.
   */
  readonly chunk?: number;
}

const optionNames: OptionNames<SampleOptions> = { samples: true, chunk: true };

/** A model as far as inference can tell it from a function, which has an `apply` too. */
type ModelOf<P, A extends readonly unknown[], Y> = Pick<
  Model<P, (...inputs: A) => Y>,
  '_tag' | 'init' | 'layer'
>;

const asFunction = <P, A extends readonly unknown[], Y>(
  of: Stochastic<P, A, Y> | ModelOf<P, A, Y> | NotBayesian,
): Stochastic<P, A, Y> => {
  if (typeof of === 'function') return of;
  return tag(of) === 'Model'
    ? (of as unknown as { readonly apply: Stochastic<P, A, Y> }).apply
    : invalidArgument('vmapSamples: f', 'a model or a function of (params, key, ...inputs)', of);
};

/** A function of the samples from `start` up to `end`, and of some of these by `between`. */
const withSlices = <P, A extends readonly unknown[], Y>(
  sampled: Stochastic<P, A, Y>,
  start: number,
  end: number,
  between: (start: number, end: number) => Sampled<P, A, Y>,
): Sampled<P, A, Y> =>
  Object.assign(sampled, {
    samples: end - start,
    sliceSamples: (from: number, to: number) => {
      const isPart = [from, to].every(Number.isInteger) && from >= 0 && from < to && to <= end - start;
      if (!isPart)
        invalidArgument(
          'sliceSamples: start and end',
          `integers of which the first is below the second, from 0 to ${end - start}`,
          [from, to],
        );
      return between(start + from, start + to);
    },
  });

/** The samples of each member of an ensemble. */
const sampledEnsemble = <P, A extends readonly unknown[], Y>(
  { members }: MemberFunction<P, A, Y>,
  member: Sampled<P, A, Y>,
): Sampled<P, A, Y> => {
  const { samples, sliceSamples } = member;
  return withSlices(overMembers(members, member), 0, samples, (start, end) =>
    sampledEnsemble({ members, member }, sliceSamples?.(start, end) ?? member),
  );
};

/**
 * Runs a stochastic function for many weight samples at once; results gain a leading sample axis, `[samples, ...]`.
 * Sample `s` is exactly `f(params, foldIn(key, s), ...inputs)`, also of `sliceSamples(start, end)`, the same function of
 * some samples. Of an ensemble, each member has its samples,
 * `[members, samples, ...]`, by its own key.
 *
 * @throws Error if `samples` or `chunk` is not a positive integer, or the value passed on is not a model or function
 * @example
 * const logits = pipe(model, vmapSamples({ samples: 10 }))(params, random.key(0), images); // [10, batch, classes]
 */
export const vmapSamples = (options: SampleOptions) => {
  const { samples, chunk = samples } = knownOptions('vmapSamples', options, optionNames);
  positiveInteger('vmapSamples: samples', samples);
  positiveInteger('vmapSamples: chunk', chunk);
  return <P, A extends readonly unknown[], Y>(
    modelOrFunction: Stochastic<P, A, Y> | ModelOf<P, A, Y> | NotBayesian,
  ): Sampled<P, A, Y> => {
    const f = asFunction(modelOrFunction);
    const ensemble = memberFunction(f);
    if (ensemble !== undefined) return sampledEnsemble(ensemble, vmapSamples(options)(ensemble.member));
    const over = (params: P, inputs: A) => vmap((key: Key) => f(params, key, ...inputs), { inAxes: [0] });
    const between = (start: number, end: number): Sampled<P, A, Y> => {
      const sampled = (params: P, key: Key, ...inputs: A): Y => {
        checkKey('vmapSamples: key', key);
        const keys = Array.from({ length: end - start }, (_, i) => foldIn(key, start + i));
        return chunk >= keys.length
          ? over(params, inputs)(keys)
          : rematerialize<readonly [P, A], readonly Key[], Y>(chunksOf(chunk)(keys), ([p, x], group) =>
              over(p, x)(group),
            )([params, inputs]);
      };
      return withSlices(sampled, start, end, between);
    };
    return between(0, samples);
  };
};

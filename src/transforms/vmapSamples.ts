import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import {
  byteCount,
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
  tag,
} from '../check/index.ts';
import { isDifferentiating } from '../ops/engine.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { heldBytes } from '../tree/tidied.ts';
import { vmap } from '../vmap/index.ts';
import type { Model } from './model.ts';
import type { NotBayesian } from './modelArgument.ts';
import { memberFunction, overMembers } from './overMembers.ts';
import { rematerialize, withoutTape } from './rematerialize.ts';
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
  /**
   * The memory for the samples that are held at once, as a number of bytes or text such as `'256 MB'`, from which `chunk` is
   * found: by the tensors of the forward pass of one sample, which is run once more for it. It is met roughly; a sample that is
   * differentiated is taken to need four times as much.
   */
  readonly memory?: number | string;
}

const optionNames: OptionNames<SampleOptions> = { samples: true, chunk: true, memory: true };

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

/** The memory of a sample that is differentiated, in that of its forward pass: from 3 to 5 were measured. */
const DIFFERENTIATED = 4;

/** How many samples fit into so many bytes, by a run of one; at least 1. */
const fitting = (bytes: number, one: () => unknown): number => {
  const passes = isDifferentiating() ? DIFFERENTIATED : 1;
  const needed = passes * withoutTape(() => heldBytes(one));
  return Math.max(1, Math.floor(bytes / Math.max(1, needed)));
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
 * some samples. Of an ensemble, each member has its samples, `[members, samples, ...]`, by its own key.
 *
 * @throws Error if `samples` or `chunk` is not a positive integer or `memory` not a number of bytes, or the value passed on
 * is not a model or function
 * @example
 * const sampled = pipe(model, vmapSamples({ samples: 10 }));
 * const logits = sampled(params, random.key(0), images); // [10, batch, classes]
 */
export const vmapSamples = (options: SampleOptions) => {
  const { samples, chunk: most = samples, memory } = knownOptions('vmapSamples', options, optionNames);
  positiveInteger('vmapSamples: samples', samples);
  positiveInteger('vmapSamples: chunk', most);
  const bytes = memory === undefined ? undefined : byteCount('vmapSamples: memory', memory);
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
        const one = () => f(params, key, ...inputs);
        const chunk = Math.min(most, bytes === undefined ? keys.length : fitting(bytes, one));
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

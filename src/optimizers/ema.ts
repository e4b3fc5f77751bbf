import { add, clone, mul, sub } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { map, tidied, zipWith } from '../tree/index.ts';
import { checkDecay } from './adam.ts';
import {
  assertFits,
  assertTransformation,
  type GradientTransformation,
  requirements,
  writeStatistics,
} from './gradientTransformation.ts';

/** Options of `ema`. */
export interface EmaOptions {
  /** The fraction of the average that is kept each step, in [0, 1): 0.99 averages over about 100 steps. */
  readonly decay: number;
}

const optionNames: OptionNames<EmaOptions> = { decay: true };

/** The state of `ema`. */
export interface EmaState<S> {
  /** The moving average of the parameters: a tree of their structure, which `as typeof params` gives their type. */
  readonly average: unknown;
  /** The state of the optimizer. */
  readonly inner: S;
}

/**
 * An exponential moving average of the parameters beside an optimizer, whose updates do not change. The average starts
 * at the parameters; after each update it is `decay * average + (1 - decay) * params` (Kingma & Ba, Adam: a method for
 * stochastic optimization, 2015, section 7.2). Predict with `state.optimizer.average` in place of the parameters: it has
 * less of the gradient's noise. Statistics, such as the moments of `batchNorm`, are averages already: those of the last
 * step are copied.
 *
 * @throws Error if the decay is not in [0, 1), the optimizer is not one, or the gradient does not fit the parameters or
 * the state
 * @example
 * const step = trainStep(loss, ema({ decay: 0.9 })(adam({ learningRate: 1e-3 })));
 * const first = step.init(params, random.key(0));
 * const { state } = step.update(first, { inputs: images, targets: labels });
 * const averaged = state.optimizer.average as typeof params;
 * predict(model, { likelihood: categorical() })(averaged, random.key(1), testImages);
 */
export const ema = (options: EmaOptions) => {
  const { decay } = knownOptions('ema', options, optionNames);
  checkDecay('ema: decay', decay);
  return <S>(optimizer: GradientTransformation<S>): GradientTransformation<EmaState<S>> => {
    assertTransformation('ema: optimizer', optimizer);
    return {
      ...requirements('ema', [optimizer]),
      init: (params) =>
        tidied(() => ({
          average: map((x) => clone(x))(params),
          inner: optimizer.init(params),
        })),
      update: <P>(gradient: P, state: EmaState<S>, params: P, statistics?: object) => {
        assertFits('ema: gradient', gradient, params);
        if (typeof state !== 'object' || state === null)
          invalidArgument('ema: state', 'a state returned by init or update', state);
        assertFits('ema: state.average', state.average, params);
        return tidied(() => {
          const { updates, state: inner } = optimizer.update(gradient, state.inner, params, statistics);
          const moved = zipWith((x, update) => add(x, update))<unknown>(params, updates);
          // A parameter that stays the same keeps its average's bits, unlike in decay * mean + (1 - decay) * x.
          const averaged = zipWith((mean, x) => add(mean, mul(sub(x, mean), 1 - decay)))<unknown>(
            state.average,
            moved,
          );
          const copied = statistics && (map((x) => clone(x))<unknown>(statistics) as object);
          const average = writeStatistics('ema', averaged, copied);
          return { updates, state: { average, inner } };
        });
      },
    };
  };
};

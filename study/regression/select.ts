import * as tf from '@tensorflow/tfjs-core';
import { ensemble, logScore, pipe, predict, random, tree } from 'tfjs-bayesian';
import { rounded } from '../rounded.ts';
import {
  asked,
  type Family,
  keys,
  type Length,
  meanField,
  onOutputs,
  point,
  type Settings,
  withoutNoise,
} from './methods.ts';
import type { Problem } from './tables.ts';
import {
  atTemperatures,
  byAdam,
  type Head,
  type Noise,
  type RegressionLoss,
  type RegressionModel,
  trained,
} from './training.ts';

/** What is tried. Training that stops early has steps as long as those of a training that does not. */
const TEMPERATURES = [1, 0.3, 0.1] as const;
const HEADS = ['learned', 'predicted'] as const;
const FACTORS = [0.7, 0.85, 1, 1.25, 1.6, 2, 2.5] as const;
const STOPS = [0.25, 0.5, 1] as const;

/** So many networks for each temperature: a single one would choose by chance. */
const MEMBERS = 2;

const each = TEMPERATURES.flatMap((temperature) => Array.from({ length: MEMBERS }, () => temperature));

/** Settings, and the log score on the rows that were held back. */
export interface Chosen extends Settings {
  readonly nll: number;
}

const scored =
  <P>(
    make: (inputs: number, noise: Noise) => RegressionModel<P>,
    lossFor: (model: RegressionModel<P>, rows: number, temperature: number) => RegressionLoss<P>,
    samples: number,
  ) =>
  (
    { train, test, target, inputs }: Problem,
    head: Head,
    steps: number,
    key: random.Key,
  ): readonly Chosen[] => {
    const own = keys(key);
    const model = make(inputs, { head, factor: 1 });
    const all = pipe(model, ensemble({ members: each.length }));
    const loss = atTemperatures(lossFor(model, train.inputs.shape[0]!, 1), each);
    const at = (params: P, stop: number): readonly Chosen[] => {
      const members = tree.unstack(params);
      const found = TEMPERATURES.flatMap((temperature, t) => {
        const some = tree.stack(members.slice(MEMBERS * t, MEMBERS * (t + 1)));
        const scores = FACTORS.map((factor) => {
          const noise = { head, factor };
          const wider = pipe(make(inputs, noise), ensemble({ members: MEMBERS }));
          const asks = predict(wider, { ...asked(test.targets), samples });
          const [nll] = tf.tidy(() =>
            logScore(target.invert(asks(some, own.predict, test.inputs))).dataSync(),
          );
          return { temperature, noise, stop, nll: rounded(nll!) };
        });
        tree.dispose(some);
        return scores;
      });
      tree.dispose(members);
      return found;
    };
    const found: Chosen[] = [];
    const params = trained(
      ...([loss, byAdam(steps), all.init(own.start), train, steps, own.train] as const),
      (params, step) => {
        const stop = STOPS.find((part) => Math.round(part * steps) === step);
        if (stop !== undefined) found.push(...at(params, stop));
      },
    );
    tree.dispose(params);
    return found;
  };

const families = {
  point: scored(point, withoutNoise, 1),
  'mean-field': scored(meanField, onOutputs, 10),
} as const;

/**
 * The best settings of a family on the rows of `problem.test`, which are a part of the training rows, and the best of each
 * kind of noise at each temperature.
 */
export const select = (
  family: Family,
  problem: Problem,
  { steps }: Pick<Length, 'steps'>,
  key: random.Key,
): { readonly settings: Chosen; readonly tried: readonly Chosen[] } => {
  const best = (some: readonly Chosen[]): Chosen => some.reduce((a, b) => (b.nll < a.nll ? b : a));
  const tried = HEADS.flatMap((head, h) => {
    const all = families[family](problem, head, steps, random.foldIn(key, h));
    return TEMPERATURES.map((each) => best(all.filter(({ temperature }) => temperature === each)));
  });
  return { settings: best(tried), tried };
};

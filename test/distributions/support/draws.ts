import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { useKernels } from '../../../src/backend/index.ts';
import { normal } from '../../../src/distributions/index.ts';
import { samplerWithLogProb } from '../../../src/distributions/posterior.ts';
import { type Key, key, split } from '../../../src/random/index.ts';
import { vmap } from '../../../src/vmap/index.ts';
import { values } from '../../support/numbers.ts';

/** What a function gives with our kernels, and without. */
export const both = <Y>(f: () => Y): readonly [ours: Y, plain: Y] => {
  useKernels(true);
  const ours = f();
  useKernels(false);
  return [ours, f()];
};

export const batch = (keys: readonly Key[]): Key => keys as unknown as Key;

export interface Case {
  readonly size: number;
  readonly samples: readonly number[];
  readonly seed: number;
  /** The least and the largest log standard deviation. */
  readonly logStd: readonly [number, number];
  readonly priorStd: number;
  readonly priorMean: number;
  readonly eps: number;
  readonly normalized: boolean;
}

export const cases: fc.Arbitrary<Case> = fc.record({
  // Around those of vectors and of runs.
  size: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1023, 1024, 1025, 2049, 2500)),
  samples: fc.constantFrom<(readonly number[])[]>([], [1], [3], [2, 3]),
  seed: fc.nat(),
  logStd: fc.constantFrom<(readonly [number, number])[]>([-3, 0], [-14, -13], [-40, -30], [-8, 3]),
  priorStd: fc.constantFrom(0.1, 1, 3),
  priorMean: fc.constantFrom(0, -0.5),
  eps: fc.constantFrom(1e-10, 1e-3),
  normalized: fc.boolean(),
});

export const drawParams = ({ size, seed, logStd: [low, high] }: Case) => ({
  mean: tf.randomUniform([size], -1, 1, 'float32', seed % 1000) as tf.Tensor,
  logStd: tf.randomUniform([size], low, high, 'float32', (seed % 1000) + 1) as tf.Tensor,
});

/** Draws for the keys of a case, and the log densities of each, by the library's two ways. */
export const draws = (c: Case, { mean, logStd }: ReturnType<typeof drawParams>) => {
  const q = normal({ eps: c.eps, normalized: c.normalized }).posterior;
  const p = normal({ std: c.priorStd, mean: c.priorMean, eps: c.eps, normalized: c.normalized }).prior;
  const one = (k: Key): readonly tf.Tensor[] => {
    const params = { mean, logStd };
    const scored = samplerWithLogProb(q, p)?.(params, k);
    if (scored) return [scored.weight, scored.posterior, scored.prior];
    const weight = q.sample(params, k);
    return [weight, tf.sum(q.logProb(params, weight)), tf.sum(p.logProb(weight, params))];
  };
  const along = (sizes: readonly number[], k: Key): readonly tf.Tensor[] =>
    sizes.length === 0
      ? one(k)
      : (vmap((each: Key) => along(sizes.slice(1), each), { inAxes: [0] })(
          batch(split(k, sizes[0]!)),
        ) as readonly tf.Tensor[]);
  return along(c.samples, key(c.seed));
};

/** Shapes and values of what a function gives. */
export const read = (f: () => readonly tf.Tensor[]) => {
  const tensors = tf.tidy(() => [...f()]);
  const all = tensors.map((x) => ({ shape: x.shape, numbers: values(x) }));
  tf.dispose(tensors);
  return all;
};

export const drawWeights = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.randomUniform([...shape], -1, 1, 'float32', seed);

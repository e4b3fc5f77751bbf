import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { kernelsWanted } from '../../src/backend/useKernels.ts';
import { flat, normal, posterior, prior } from '../../src/distributions/index.ts';
import { samplerWithLogProb } from '../../src/distributions/posterior.ts';
import { linear } from '../../src/layers/index.ts';
import { foldIn, type Key, key, split } from '../../src/random/index.ts';
import { bayesian, vmapSamples, withLogProbs } from '../../src/transforms/index.ts';
import { valueAndGradients } from '../../src/transforms/valueAndGrad.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { batch, both, read } from './support/draws.ts';

const wanted = kernelsWanted();
afterEach(() => useKernels(wanted));

describeOnBackends('a draw with its log densities', () => {
  it('passes NaN and infinities on', () => {
    for (const [mean, logStd] of [
      [Number.NaN, -1],
      [0.5, Number.NaN],
      [Number.POSITIVE_INFINITY, -1],
      [0, 100],
    ] as const) {
      const [ours, plain] = both(() =>
        tf.tidy(() => {
          const params = { mean: tf.tensor1d([0.1, mean, 0.2]), logStd: tf.tensor1d([-1, logStd, -1]) };
          return values(normal().posterior.sample(params, key(0))).map(Number.isFinite);
        }),
      );
      expect(ours).toEqual(plain);
      expect(ours).toEqual([true, false, true]);
    }
  });

  it('has densities of 1 without weights', () => {
    useKernels(true);
    const { posterior: q, prior: p } = normal();
    const params = { mean: tf.zeros([0, 3]), logStd: tf.zeros([0, 3]) };
    const scored = samplerWithLogProb(q, p)?.(params, key(0));
    const sums = scored ? [scored.posterior, scored.prior] : [];
    for (const sum of sums) expect(values(sum)[0]).toBeCloseTo(0, 12);
    expect(q.sample(params, key(0)).shape).toEqual([0, 3]);
  });

  it('can be differentiated twice, and per sample', () => {
    const { posterior: q } = normal();
    const f = (mean: tf.Tensor) =>
      tf.sum(tf.pow(q.sample({ mean, logStd: tf.fill(mean.shape, -1) }, key(5)), 3)) as tf.Scalar;
    const [ours, plain] = both(() =>
      read(() => {
        const mean = tf.tensor1d([0.2, -0.4, 1]);
        const twice = tf.grad((x: tf.Tensor) => tf.sum(tf.grad(f)(x)))(mean);
        const apart = vmap((k: Key) =>
          tf.grad((x: tf.Tensor) => tf.sum(tf.square(q.sample({ mean: x, logStd: x }, k))))(mean),
        )(batch(split(key(1), 3)));
        const params = vmap((m: tf.Tensor, k: Key) => q.sample({ mean: m, logStd: m }, k))(
          tf.stack([mean, tf.neg(mean)]),
          batch(split(key(2), 2)),
        );
        return [twice, apart, params];
      }),
    );
    ours.forEach(({ numbers }, at) => {
      expectNumbers(numbers, plain[at]!.numbers);
    });
  });

  it('uses a function that was replaced', () => {
    const { posterior: q, prior: p } = normal();
    const params = { mean: tf.zeros([4]), logStd: tf.zeros([4]) };
    const mine = posterior({ ...q, sample: ({ mean }) => tf.onesLike(mean) });
    const doubled = posterior({ ...q, logProb: (own, w) => tf.mul(2, q.logProb(own, w)) });
    const halved = prior({ ...p, logProb: (w, own) => tf.mul(0.5, p.logProb(w, own)) });
    for (const [asPosterior, asPrior] of [
      [mine, p],
      [doubled, p],
      [q, halved],
    ] as const) {
      expect(samplerWithLogProb(asPosterior, asPrior)?.(params, key(0))).toBeUndefined();
      const model = bayesian({ posterior: asPosterior, prior: asPrior })(linear(2, 2));
      const start = model.init(key(0));
      const { logProbs, output } = withLogProbs(model)(start, key(1), tf.ones([1, 2]));
      const plain = bayesian({ posterior: q, prior: p })(linear(2, 2));
      const other = withLogProbs(plain)(start, key(1), tf.ones([1, 2]));
      const same = [logProbs.posterior, logProbs.prior, output].map(
        (x, at) =>
          values(x)[0] === values([other.logProbs.posterior, other.logProbs.prior, other.output][at]!)[0],
      );
      expect(same.every(Boolean)).toBe(false);
      tf.dispose([start, logProbs, output, other] as unknown as tf.TensorContainer);
    }
    tf.dispose(params);
  });

  it('is made by the kernel if there is one, and leaks nothing', () => {
    const model = bayesian({ prior: flat() })(linear(3, 2));
    const params = model.init(key(0));
    const x = tf.ones([4, 3]);
    const run = () => vmapSamples({ samples: 3 })(withLogProbs(model))(params, key(1), x);
    for (const on of [true, false]) {
      useKernels(on);
      const ran = vi.spyOn(tf.engine(), 'runKernel');
      expectNoLeak(run);
      const names = ran.mock.calls.map(([name]) => name);
      ran.mockRestore();
      expect(names.includes('TfjsBayesianNormalDraw')).toBe(on && tf.getBackend() !== 'cpu');
    }
    useKernels(true);
    expectNoLeak(() =>
      valueAndGradients(
        (m) => tf.sum(normal().posterior.sample({ mean: m!, logStd: m! }, foldIn(key(0), 1))),
        [x],
      ),
    );
    tf.dispose([params, x] as unknown as tf.TensorContainer);
  });
});

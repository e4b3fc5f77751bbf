import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { posterior } from '../../src/distributions/index.ts';
import { linear } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, ensemble } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

/** A posterior whose spread starts at random. */
const scattered = posterior({
  name: 'scattered',
  init: (mean: tf.Tensor, _fanIn: number | null, key: random.Key) => ({
    mean,
    logStd: random.normal(key, mean.shape),
  }),
  sample: ({ mean, logStd }, key) => tf.add(mean, tf.mul(tf.exp(logStd), random.normal(key, mean.shape))),
  logProb: (_, weight) => tf.zerosLike(weight),
});

describeOnBackends('init', () => {
  it("gives a posterior's init a key of the variable's own", () => {
    const model = bayesian({ posterior: scattered })(linear(2, 2, { bias: false }));
    const two = bayesian({ posterior: scattered })(linear(1, 2));
    const [one, again, other] = [0, 0, 1].map((seed) => values(model.init(random.key(seed)).weight.logStd));
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    const { weight, bias } = two.init(random.key(0));
    expect(values(weight.logStd)).not.toEqual(values(bias.logStd));
  });

  it('gives each member of an ensemble another', () => {
    const members = ensemble({ members: 2 })(
      bayesian({ posterior: scattered })(linear(2, 1, { bias: false })),
    );
    const [a, b, c, d] = values(members.init(random.key(0)).weight.logStd);
    expect([a, b]).not.toEqual([c, d]);
  });
});

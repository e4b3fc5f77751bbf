import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  bayesian,
  categorical,
  elbo,
  gaussian,
  layer,
  learnedNoise,
  linear,
  normal,
  random,
  schedule,
  sequential,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { expectClose, expectSame } from './support/compare.ts';
import { classifier, drawInputs, labelled } from './support/nets.ts';

const number = (x: tf.Tensor): number => values(x)[0]!;

describeOnBackends('elbo', () => {
  it('is the mean log likelihood over samples and rows, and the divergence, by hand', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const { inputs, targets } = labelled();
    const sampled = vmapSamples({ samples: 3 })(withLogProbs(model));
    const { output, logProbs } = sampled(params, random.key(1), inputs);
    const logits = output.arraySync() as number[][][];
    const labels = values(targets);
    const logP = logits.map((rows) =>
      rows.map((row, at) => row[labels[at]!]! - Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0))),
    );
    const fit = -1000 * (logP.flat().reduce((a, b) => a + b, 0) / 15);
    const kl = number(tf.mean(tf.sub(logProbs.posterior, logProbs.prior)));
    const loss = elbo({ likelihood: categorical(), datasetSize: 1000 })(sampled);
    const parts = loss(params, random.key(1), { inputs, targets });
    expectNumbers([parts.dataFitting, parts.divergence, parts.loss].map(number), [fit, kl, fit + kl]);
    const together = elbo({ likelihood: categorical(), datasetSize: 1000, dataFitting: 'predictive' })(
      sampled,
    );
    const meanP = labels.map((_, row) => logP.reduce((sum, each) => sum + Math.exp(each[row]!), 0) / 3);
    const predictive = -1000 * (meanP.reduce((sum, p) => sum + Math.log(p), 0) / 5);
    expectNumbers([number(together(params, random.key(1), { inputs, targets }).dataFitting)], [predictive]);
  });

  it('adds up; temperature multiplies the divergence, datasetSize the data fitting, and nothing else', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const batch = labelled();
    const drawn = fc.record({
      temperature: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })),
      datasetSize: fc.integer({ min: 1, max: 60_000 }),
      closed: fc.boolean(),
      samples: fc.option(fc.integer({ min: 1, max: 3 })),
    });
    fc.assert(
      fc.property(drawn, ({ temperature, datasetSize, closed, samples }) => {
        tf.tidy(() => {
          const terms = closed ? withDivergence(model) : withLogProbs(model);
          const f =
            samples === null ? terms : vmapSamples({ samples })(terms as unknown as typeof model.apply);
          const run = (options: { datasetSize: number; temperature?: number }) => {
            const parts = elbo({ likelihood: categorical(), ...options })(f as never)(
              params as never,
              random.key(1),
              batch as never,
            );
            expect(Object.keys(parts)).toEqual(['loss', 'dataFitting', 'divergence']);
            return [number(parts.loss), number(parts.dataFitting), number(parts.divergence)] as const;
          };
          const [loss, fit, kl] = run({ datasetSize, temperature });
          const [, unit, whole] = run({ datasetSize: 1 });
          expectNumbers([loss], [fit + kl]);
          expectNumbers([fit, kl], [datasetSize * unit, temperature * whole]);
        });
      }),
      { numRuns: runs(20), seed: 7 },
    );
  });

  it('has the temperature of the step, if it is a schedule', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const batch = labelled();
    const sampled = vmapSamples({ samples: 2 })(withLogProbs(model));
    const options = { likelihood: categorical(), datasetSize: 5 };
    const temperature = schedule.linear({ from: 0, to: 2, steps: 8 });
    const annealed = elbo({ ...options, temperature })(sampled);
    for (const step of [0, 3, 8, 100]) {
      const fixed = elbo({ ...options, temperature: temperature(step) })(sampled);
      expectSame(annealed(params, random.key(1), batch, step), fixed(params, random.key(1), batch));
      expectSame(fixed(params, random.key(1), batch, 7), fixed(params, random.key(1), batch));
    }
    expectNoLeak(() => annealed(params, random.key(1), batch, 3));
    expectNoLeak(() => {
      for (const step of [undefined, -1, 0.5, Number.NaN, '3'])
        expect(() => annealed(params, random.key(1), batch, step as number)).toThrow(
          'elbo: step must be a count of steps, as temperature is a schedule, got ',
        );
      for (const bad of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, undefined])
        expect(() =>
          elbo({ ...options, temperature: () => bad as number })(sampled)(params, random.key(1), batch, 4),
        ).toThrow('elbo: temperature at step 4 must be a finite number of at least 0, got ');
    });
  });

  it('without a sample axis is that of one sample', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const batch = labelled();
    const options = { likelihood: categorical(), datasetSize: 5 };
    const single = elbo(options)(withLogProbs(model))(params, random.foldIn(random.key(1), 0), batch);
    const one = elbo(options)(vmapSamples({ samples: 1 })(withLogProbs(model)))(params, random.key(1), batch);
    expectClose(single, one);
    expect(single.loss.shape).toEqual([]);
  });

  it('takes inputs that are a tuple, and outputs that are a tree', () => {
    const net = sequential(linear(2, 1), learnedNoise(1, { std: 0.5 }));
    const model = bayesian()(
      layer(
        { net },
        ({ net: inner }) =>
          (a: tf.Tensor, b: tf.Tensor) =>
            inner(tf.concat([a, b], 1)),
      ),
    );
    const plain = bayesian()(
      layer(
        { net },
        ({ net: inner }) =>
          (x: tf.Tensor) =>
            inner(x),
      ),
    );
    const params = model.init(random.key(0));
    const [a, b, targets] = [drawInputs(1, [5, 1]), drawInputs(2, [5, 1]), drawInputs(3, [5, 1])];
    const options = { likelihood: gaussian(), datasetSize: 5 };
    const loss = elbo(options)(vmapSamples({ samples: 2 })(withLogProbs(model)));
    const same = elbo(options)(vmapSamples({ samples: 2 })(withLogProbs(plain)));
    expectClose(
      loss(params, random.key(1), { inputs: [a, b], targets }),
      same(params, random.key(1), { inputs: tf.concat([a, b], 1), targets }),
    );
    expectClose(
      same(params, random.key(1), { inputs: [tf.concat([a, b], 1)], targets }),
      loss(params, random.key(1), { inputs: [a, b], targets }),
    );
  });

  it('returns its parts and leaks nothing, also when it throws', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const { inputs, targets } = labelled();
    const bad = tf.tensor1d([0, 1, 2, 0, 1], 'int32');
    for (const dataFitting of ['expected', 'predictive'] as const) {
      const loss = elbo({
        likelihood: categorical(),
        datasetSize: 5,
        dataFitting: dataFitting as 'predictive',
      })(vmapSamples({ samples: 2 })(withLogProbs(model)));
      expectNoLeak(() => loss(params, random.key(1), { inputs, targets }));
      // Labels are not read on a GPU.
      if (!canReadSync()) continue;
      expectNoLeak(() => {
        expect(() => loss(params, random.key(1), { inputs, targets: bad })).toThrow(
          'categorical: targets must be class labels, integers from 0 to 1, got 2',
        );
      });
    }
  });

  it('refuses each bad option by name', () => {
    const good = { likelihood: categorical(), datasetSize: 10 };
    const refusal = (options: object): string => {
      try {
        elbo({ ...good, ...options } as typeof good);
      } catch (error) {
        return String((error as Error).message);
      }
      return 'nothing';
    };
    for (const datasetSize of [0, -1, 2.5, Number.NaN, undefined, '10'])
      expect(refusal({ datasetSize })).toMatch(/^elbo: datasetSize must be a positive integer, got/);
    for (const temperature of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])
      expect(refusal({ temperature })).toMatch(
        /^elbo: temperature must be a finite number of at least 0, got/,
      );
    expect(refusal({ dataFitting: 'both' })).toBe(
      "elbo: dataFitting must be 'expected' or 'predictive', got 'both'",
    );
    for (const wrong of [normal(), undefined, 'categorical'])
      expect(refusal({ likelihood: wrong })).toMatch(/^elbo: likelihood must be a likelihood, such as/);
  });

  it('refuses a function without terms, or without the sample axis that it needs', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const options = { likelihood: categorical(), datasetSize: 5 };
    const batch = labelled();
    expect(() => elbo(options)(model as never)).toThrow(
      /elbo: the function must be one made by withLogProbs or withDivergence, got a Model/,
    );
    expectNoLeak(() => {
      expect(() =>
        elbo(options)(model.apply as never)(params as never, random.key(0), batch as never),
      ).toThrow(/elbo: the function must be one made by withLogProbs or withDivergence/);
    });
    expect(() => elbo({ ...options, dataFitting: 'predictive' })(withLogProbs(model) as never)).toThrow(
      /elbo: the function, with dataFitting 'predictive', must be one made by vmapSamples/,
    );
  });
});

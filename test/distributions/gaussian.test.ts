import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussian, type NoisyOutput } from '../../src/distributions/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, sampleVariance, values } from '../support/numbers.ts';

const logNormal = (x: number, mean: number, std: number): number =>
  -((x - mean) ** 2) / (2 * std ** 2) - Math.log(std) - 0.5 * Math.log(2 * Math.PI);

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
const row = (outputs: number, min = -3, max = 3) =>
  fc.array(float(min, max), { minLength: outputs, maxLength: outputs });

/** Means and log standard deviations `[samples][batch][outputs]` and targets `[batch][outputs]`. */
const problem = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }))
  .chain(([samples, batch, outputs]) => {
    const rows = (min: number, max: number) =>
      fc.array(row(outputs, min, max), { minLength: batch, maxLength: batch });
    const many = (min: number, max: number) =>
      fc.array(rows(min, max), { minLength: samples, maxLength: samples });
    return fc.record({ means: many(-3, 3), logStds: many(-2, 1), targets: rows(-3, 3) });
  });

/** The column of values that the samples have for each element, in order. */
const perElement = (samples: readonly number[][][]): readonly (readonly number[])[] => {
  const flat = samples.map((sample) => sample.flat());
  return (flat[0] ?? []).map((_, index) => flat.map((sample) => sample[index] as number));
};

const populationVariance = (xs: readonly number[]): number =>
  (sampleVariance(xs) * (xs.length - 1)) / xs.length;

describeOnBackends('gaussian', () => {
  it('of a fixed std has the closed-form log density, summed over the outputs', () => {
    fc.assert(
      fc.property(problem, float(0.1, 3), ({ means: [means], targets }, std) => {
        tf.tidy(() => {
          const logProb = gaussian({ std }).logProb(tf.tensor(means as number[][]), tf.tensor(targets));
          expectNumbers(
            values(logProb),
            targets.map((target, i) =>
              target.reduce((sum, y, k) => sum + logNormal(y, means?.[i]?.[k] as number, std), 0),
            ),
          );
        });
      }),
    );
  });

  it('of a learned std takes it from the output, element by element', () => {
    fc.assert(
      fc.property(problem, ({ means: [means], logStds: [logStds], targets }) => {
        tf.tidy(() => {
          const output = { mean: tf.tensor(means as number[][]), logStd: tf.tensor(logStds as number[][]) };
          expectNumbers(
            values(gaussian().logProb(output, tf.tensor(targets))),
            targets.map((target, i) =>
              target.reduce(
                (sum, y, k) =>
                  sum + logNormal(y, means?.[i]?.[k] as number, Math.exp(logStds?.[i]?.[k] as number)),
                0,
              ),
            ),
          );
        });
      }),
    );
  });

  it('predicts the mean, and splits the variance into noise and the spread of the means', () => {
    fc.assert(
      fc.property(problem, ({ means, logStds }) => {
        tf.tidy(() => {
          const each = perElement(means);
          const check = (
            { mean, uncertainty }: ReturnType<ReturnType<typeof gaussian>['predictive']>,
            aleatoric: readonly number[],
          ): void => {
            expectNumbers(values(mean), each.map(average));
            expectNumbers(values(uncertainty.aleatoric), aleatoric);
            expectNumbers(values(uncertainty.epistemic), each.map(populationVariance));
            expectNumbers(
              values(uncertainty.total),
              aleatoric.map((noise, index) => noise + populationVariance(each[index] ?? [])),
            );
          };
          const samples = tf.tensor(means);
          check(
            gaussian({ std: 0.5 }).predictive(samples),
            each.map(() => 0.25),
          );
          check(
            gaussian().predictive({ mean: samples, logStd: tf.tensor(logStds) }),
            perElement(logStds).map((xs) => average(xs.map((x) => Math.exp(2 * x)))),
          );
        });
      }),
    );
  });

  it('finds no epistemic uncertainty if the samples agree', () => {
    tf.tidy(() => {
      const { epistemic } = gaussian({ std: 1 }).predictive(tf.ones([4, 2, 1])).uncertainty;
      expect(values(epistemic)).toEqual([0, 0]);
    });
  });

  it('has the variance of outputs that are large and differ little, never below 0', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1e2, 1e4, 1e6),
        fc.array(float(-0.3, 0.3), { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        (size, spread, group) => {
          tf.tidy(() => {
            const draws = spread.map((x) => Math.fround(size + x));
            const { add, finish, zero } = gaussian({ std: 1 }).predictive;
            const groups = draws.flatMap((_, at) => (at % group === 0 ? [draws.slice(at, at + group)] : []));
            const known = groups.reduce<unknown>(
              (before, some) => add(before, tf.tensor3d([...some], [some.length, 1, 1])),
              zero(),
            );
            for (const { mean, uncertainty } of [
              finish(known),
              gaussian({ std: 1 }).predictive(tf.tensor3d(draws, [draws.length, 1, 1])),
            ]) {
              const [variance] = values(uncertainty.epistemic) as [number];
              const exact = populationVariance(draws);
              expect(Math.abs(variance - exact)).toBeLessThanOrEqual(1e-5 * exact + 1e-40);
              expectNumbers(values(mean), [average(draws)], 1e-6);
            }
          });
        },
      ),
    );
  });

  it('has an infinite mean if any sample is infinite', () => {
    tf.tidy(() => {
      const { mean } = gaussian({ std: 1 }).predictive(
        tf.tensor3d([Number.POSITIVE_INFINITY, 1, 2, 1, 2, Number.POSITIVE_INFINITY], [3, 1, 2]),
      );
      expect(values(mean)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    });
  });

  it('scores targets by the mean of the densities, noise included', () => {
    tf.tidy(() => {
      const near = tf.tensor3d([-1e-4, 0, 1e-4], [3, 1, 1]);
      const target = tf.tensor2d([[0.05]]);
      const known = gaussian({ std: 0.1 }).predictiveLogProb?.(near, target);
      expectNumbers(values(known ?? expect.unreachable()), [1.2586], 1e-4);
      const learned = { mean: near, logStd: tf.fill([3, 1, 1], Math.log(0.1)) };
      expectNumbers(
        values(gaussian().predictiveLogProb?.(learned, target) ?? expect.unreachable()),
        [1.2586],
        1e-4,
      );
      expect(gaussian({ std: 0.1 }).fewestSamples).toBe(1);
    });
    fc.assert(
      fc.property(problem, ({ means, logStds, targets }) => {
        tf.tidy(() => {
          const flat = targets.flat();
          const [each, noise] = [perElement(means), perElement(logStds)];
          const score = gaussian().predictiveLogProb?.(
            { mean: tf.tensor(means), logStd: tf.tensor(logStds) },
            tf.tensor(targets),
          );
          const outputs = targets[0]?.length ?? 1;
          const elements = flat.map((y, at) =>
            Math.log(
              average(each[at]!.map((mean, s) => Math.exp(logNormal(y, mean, Math.exp(noise[at]![s]!))))),
            ),
          );
          expectNumbers(
            values(score ?? expect.unreachable()),
            targets.map((_, row) =>
              elements.slice(row * outputs, (row + 1) * outputs).reduce((a, b) => a + b, 0),
            ),
          );
        });
      }),
    );
  });

  it("scores targets under the mean and the unbiased spread of the samples for 'spread'", () => {
    tf.tidy(() => {
      const draws = [0.1, 0.5, -0.4, 0.3];
      const likelihood = gaussian({ std: 3, predictiveFit: 'spread' });
      expect(likelihood.fewestSamples).toBe(2);
      const score = likelihood.predictiveLogProb?.(tf.tensor3d(draws, [4, 1, 1]), tf.tensor2d([[0.6]]));
      expectNumbers(values(score ?? expect.unreachable()), [
        logNormal(0.6, average(draws), Math.sqrt(sampleVariance(draws))),
      ]);
    });
  });

  it('omits the constant if not normalized', () => {
    tf.tidy(() => {
      const [output, target] = [tf.zeros([1, 2]), tf.ones([1, 2])];
      const rest = gaussian({ std: 0.5, normalized: false }).logProb(output, target);
      expectNumbers(values(rest), [2 * (logNormal(1, 0, 0.5) + 0.5 * Math.log(2 * Math.PI))]);
    });
  });

  it('has the gradients of its log densities', () => {
    tf.tidy(() => {
      const [mean, target] = [tf.tensor2d([[0.5], [-1]]), tf.tensor2d([[0.2], [0.4]])];
      const logStd = tf.tensor2d([[-0.5], [0.3]]);
      expectGradient((x) => gaussian({ std: 0.7 }).logProb(x, target), mean);
      expectGradient((x) => gaussian().logProb({ mean: x, logStd }, target), mean);
      expectGradient((x) => gaussian().logProb({ mean, logStd: x }, target), logStd);
      const samples = tf.tensor3d([0.5, -1, 1.5, 0.2, -0.6, 2], [3, 2, 1]);
      for (const predictiveFit of ['mixture', 'spread'] as const) {
        const together = gaussian({ std: 1, predictiveFit }).predictiveLogProb ?? expect.unreachable();
        expectGradient((x) => together(x, target), samples);
      }
      const { predictive } = gaussian({ std: 1 });
      expectGradient((x) => tf.add(predictive(x).mean, predictive(x).uncertainty.total), samples);
    });
  });

  it('refuses targets of another shape, also one that broadcasts', () => {
    tf.tidy(() => {
      const score = (target: tf.Tensor) => () => gaussian({ std: 1 }).logProb(tf.zeros([3, 1]), target);
      const message = "gaussian: targets must be of the output's shape [3, 1], got";
      expect(score(tf.zeros([3]))).toThrow(`${message} a float32 tensor of shape [3]`);
      expect(score(tf.zeros([1, 1]))).toThrow(`${message} a float32 tensor of shape [1, 1]`);
      expect(score([[1], [2], [3]] as unknown as tf.Tensor)).toThrow(`${message} [[1], [2], [3]]`);
      expect(score(tf.zeros([3]))).toThrow('shape [3]; tf.expandDims(targets, -1) turns them into a column');
    });
  });

  it('rejects an output of the other kind, naming the one that fits', () => {
    tf.tidy(() => {
      const [mean, target] = [tf.zeros([2, 1]), tf.zeros([2, 1])];
      const noisy = { mean, logStd: mean };
      expect(() => gaussian().logProb(mean as unknown as NoisyOutput, target)).toThrow(
        'gaussian: output must be { mean, logStd }, as learnedNoise returns',
      );
      expect(() => gaussian({ std: 1 }).logProb(noisy as unknown as tf.Tensor, target)).toThrow(
        'gaussian: output must be a tensor',
      );
      expect(() => gaussian().predictive(mean as unknown as NoisyOutput)).toThrow('gaussian: output must be');
    });
  });

  it('leaks no tensors', () => {
    const [mean, target] = [tf.zeros([2, 1]), tf.zeros([2, 1])];
    const samples = tf.zeros([4, 2, 1]);
    expectNoLeak(() => gaussian({ std: 1 }).logProb(mean, target));
    expectNoLeak(() => gaussian().logProb({ mean, logStd: mean }, target));
    expectNoLeak(() => gaussian({ std: 1 }).predictive(samples));
    expectNoLeak(() => gaussian().predictive({ mean: samples, logStd: samples }));
    for (const predictiveFit of ['mixture', 'spread'] as const)
      expectNoLeak(() => gaussian({ std: 1, predictiveFit }).predictiveLogProb?.(samples, target));
    tf.dispose([mean, target, samples]);
  });
});

describe('gaussian', () => {
  it.each([[0], [-1], [Number.NaN], ['1']])('refuses a std of %o', (std) => {
    expect(() => gaussian({ std: std as number })).toThrow(
      /^gaussian: std must be a finite number above 0, got/,
    );
  });

  it("refuses another 'predictiveFit'", () => {
    expect(() => gaussian({ std: 1, predictiveFit: 'moments' as 'spread' })).toThrow(
      "gaussian: predictiveFit must be 'mixture' or 'spread', got 'moments'",
    );
  });

  it('refuses options without a std', () => {
    expect(() => gaussian({} as { std: number })).toThrow(/^gaussian: std must be .* got undefined$/);
  });
});

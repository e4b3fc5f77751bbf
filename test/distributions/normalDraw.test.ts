import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { kernelsWanted } from '../../src/backend/useKernels.ts';
import { normal } from '../../src/distributions/index.ts';
import { samplerWithLogProb } from '../../src/distributions/posterior.ts';
import { type Key, key, normal as normalNoise, split } from '../../src/random/index.ts';
import { valueAndGradients } from '../../src/transforms/valueAndGrad.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';
import { batch, both, type Case, cases, drawParams, draws, drawWeights, read } from './support/draws.ts';

const wanted = kernelsWanted();
afterEach(() => useKernels(wanted));

describeOnBackends('a normal draw with its log densities', () => {
  it('is the same in one pass and in plain operations', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const { mean, logStd } = drawParams(c);
        const [ours, plain] = both(() => read(() => draws(c, { mean, logStd })));
        const [m, logs] = [take(mean), take(logStd)];
        expect(ours.map(({ shape }) => shape)).toEqual(plain.map(({ shape }) => shape));
        expectNumbers(ours[0]!.numbers, plain[0]!.numbers, 1e-6);
        // The log densities of those very draws, in doubles.
        const constant = c.normalized ? 0.5 * Math.log(2 * Math.PI) : 0;
        const logDensity = (x: number, at: number, variance: number, log: number): number =>
          -((x - at) ** 2) / (2 * (variance + c.eps)) - log - constant;
        for (const [weights, posteriors, priors] of [ours, plain].map((all) => all.map((x) => x.numbers))) {
          posteriors!.forEach((value, sample) => {
            const own = weights!.slice(sample * c.size, (sample + 1) * c.size);
            const terms = [
              own.map((w, i) => logDensity(w, m[i]!, Math.exp(2 * logs[i]!), logs[i]!)),
              own.map((w) => logDensity(w, c.priorMean, c.priorStd ** 2, Math.log(c.priorStd))),
            ];
            [value, priors![sample]!].forEach((sum, which) => {
              const error = Math.abs(sum - terms[which]!.reduce((x, y) => x + y, 0));
              expect(error).toBeLessThan(1e-6 + 1e-5 * terms[which]!.reduce((x, y) => x + Math.abs(y), 0));
            });
          });
        }
      }),
      { numRuns: runs(60) },
    );
  });

  const gradientsOfAll = (c: Case): readonly (readonly number[])[] => {
    const { mean, logStd } = drawParams(c);
    const [, gradients] = valueAndGradients(
      (m, s) =>
        draws(c, { mean: m!, logStd: s! })
          .map((x, at) => tf.sum(tf.mul(x, drawWeights(x.shape, at + 7))))
          .reduce((a, b) => tf.add(a, b)),
      [mean, logStd],
    );
    const read = gradients.map((x) => values(x));
    tf.dispose([mean, logStd, ...gradients]);
    return read;
  };

  it('has the same gradients', () => {
    // Plain operations take differences of `(w - mean) / std^2`, so that small spreads leave them few digits.
    const wide = cases.map((c) => ({ ...c, logStd: [-3, 0] as const }));
    fc.assert(
      fc.property(wide, (c) => {
        const [ours, plain] = both(() => gradientsOfAll(c));
        ours.forEach((numbers, at) => {
          expectNumbers(numbers, plain[at]!);
        });
      }),
      { numRuns: runs(40) },
    );
  });

  it('has the gradients of the formulas in doubles, in one pass for standard deviations of every size', () => {
    useKernels(true);
    fc.assert(
      fc.property(cases, (c) => {
        fc.pre(tf.getBackend() === 'wasm' || c.logStd[0] > -5);
        const { mean, logStd } = drawParams(c);
        const noise = take(
          tf.tidy(() => {
            const along = (sizes: readonly number[], k: Key): tf.Tensor =>
              sizes.length === 0
                ? normalNoise(k, [c.size])
                : vmap((each: Key) => along(sizes.slice(1), each), { inAxes: [0] })(
                    batch(split(k, sizes[0]!)),
                  );
            return along(c.samples, key(c.seed));
          }),
        );
        const samples = noise.length / c.size;
        const dWeights = take(drawWeights([...c.samples, c.size], 7));
        const [dPosterior, dPrior] = [8, 9].map((seed) => take(drawWeights(c.samples, seed)));
        const logs = values(logStd);
        const precision = 1 / (c.priorStd ** 2 + c.eps);
        const expected = values(mean).map((m, i) => {
          const variance = Math.exp(2 * logs[i]!);
          return Array.from({ length: samples }, (_, s) => {
            const off = Math.sqrt(variance) * noise[s * c.size + i]!;
            const ofMean = dWeights[s * c.size + i]! - dPrior![s]! * precision * (m + off - c.priorMean);
            const bend = 1 + (off ** 2 * c.eps) / (variance + c.eps) ** 2;
            return [ofMean, ofMean * off - dPosterior![s]! * bend] as const;
          }).reduce(([a, b], [x, y]) => [a + x, b + y] as const);
        });
        gradientsOfAll(c).forEach((numbers, at) => {
          expectNumbers(
            numbers,
            expected.map((pair) => pair[at]!),
          );
        });
        tf.dispose([mean, logStd]);
      }),
      { numRuns: runs(40) },
    );
  });

  it('has the right distribution: the gradient of an expectation', () => {
    // E[w] = mean and E[w^2] = mean^2 + std^2 have gradients that are known; so has the entropy, 1 for each log std.
    const n = 400;
    const samples = 500;
    const { posterior: q } = normal();
    const p = normal({ std: 2 }).prior;
    const [mean, logStd] = [tf.fill([n], 0.3), tf.fill([n], -0.5)];
    const [, gradients] = valueAndGradients(
      (m, s) => {
        const sums = vmap(
          (k: Key) => {
            const params = { mean: m!, logStd: s! };
            const scored = samplerWithLogProb(q, p)?.(params, k);
            const weight = scored?.weight ?? q.sample(params, k);
            const own = scored?.posterior ?? tf.sum(q.logProb(params, weight));
            const other = scored?.prior ?? tf.sum(p.logProb(weight, params));
            return tf.sub(own, other);
          },
          { inAxes: [0] },
        )(batch(split(key(3), samples)));
        return tf.mean(sums);
      },
      [mean, logStd],
    );
    // d KL / d mean = mean / 4, d KL / d log std = std^2 / 4 - 1.
    const variance = Math.exp(-1);
    const [dMean, dLogStd] = gradients.map((x) => values(x));
    const average = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
    const errorOfMean = Math.sqrt(variance / 16 / (n * samples));
    expect(Math.abs(average(dMean!) - 0.3 / 4)).toBeLessThan(4 * errorOfMean);
    // w (w - mean) / 4 has variance (mean^2 var + 2 var^2) / 16.
    const errorOfSpread = Math.sqrt((0.09 * variance + 2 * variance ** 2) / 16 / (n * samples));
    expect(Math.abs(average(dLogStd!) - (variance / 4 - 1))).toBeLessThan(4 * errorOfSpread);
    tf.dispose([mean, logStd, ...gradients]);
  });
});

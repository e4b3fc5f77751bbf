import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  fit,
  linear,
  localReparametrization,
  pipe,
  random,
  sequential,
  trainStep,
  tree,
  withDivergence,
} from '../../src/index.ts';
import { inputsWarning, lossWarning, priorWarning, spreadWarning } from '../../src/training/warnings.ts';
import { describeOnBackends } from '../support/backends.ts';
import { problem } from './support/problem.ts';

/** A history with these terms after each epoch. */
const history = (epochs: number, data: (part: number) => number, divergence: (part: number) => number) =>
  Array.from({ length: epochs }, (_, n) => {
    const part = n / Math.max(epochs - 1, 1);
    const terms = { dataFitting: data(part), divergence: divergence(part) };
    return { loss: terms.dataFitting + terms.divergence, ...terms };
  });

/** Learns, then forgets: as on 260 rows with 652 weights, where 0.44 nats per row come back to 0.66. */
const underfit = (part: number) => 260 * (part < 0.1 ? 1.13 - 6.9 * part : 0.44 + 0.25 * (part - 0.1));
const falling = (part: number) => 260 * (1.2 + 6.5 * Math.exp(-10 * part));

describe('priorWarning', () => {
  it('fires if the data term rises again as the divergence falls', () => {
    expect(priorWarning(history(200, underfit, falling), 260)).toMatch(
      /^fit: the prior outweighs the data: dataFitting rose from 0\.\d+ nats per row \(epoch \d+\) to 0\.6\d*, while divergence fell by [\d.]+, .*temperature.*underfitting\.md\.$/,
    );
  });

  it('fires if the data term never falls and nearly all of the divergence goes', () => {
    const gone = history(
      20,
      () => 230,
      (part) => 500 * Math.exp(-10 * part),
    );
    expect(priorWarning(gone, 100)).toContain('stayed at 2.3 nats per row, while divergence fell from 5 to');
  });

  it('does not fire while the data term falls, whatever the divergence', () => {
    const drawn = fc.record({
      epochs: fc.integer({ min: 1, max: 60 }),
      rows: fc.integer({ min: 1, max: 1000 }),
      start: fc.double({ min: -100, max: 100, noNaN: true }),
      gain: fc.double({ min: 0.1, max: 100, noNaN: true }),
      weights: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(drawn, ({ epochs, rows, start, gain, weights }) => {
        const run = history(
          epochs,
          (part) => rows * (start - gain * part),
          (part) => weights * (2 - part),
        );
        expect(priorWarning(run, rows)).toBeUndefined();
      }),
    );
  });

  it('does not fire for a rise within the noise, one of a rising temperature, or a trained start', () => {
    const noisy = (part: number) => 100 * (1 + 0.3 * Math.sin(13 * (99 * part) ** 2));
    expect(priorWarning(history(100, noisy, falling), 100)).toBeUndefined();
    expect(
      priorWarning(
        history(200, underfit, (part) => 260 * part),
        260,
      ),
    ).toBeUndefined();
    const kept = history(
      20,
      () => 10,
      (part) => 1000 * (3 - part),
    );
    expect(priorWarning(kept, 100)).toBeUndefined();
  });

  it('does not judge a short run, unknown rows or another loss', () => {
    expect(priorWarning(history(9, underfit, falling), 260)).toBeUndefined();
    expect(priorWarning(history(200, underfit, falling), undefined)).toBeUndefined();
    expect(priorWarning(Array(20).fill({ loss: 1 }), 260)).toBeUndefined();
    expect(priorWarning([], 260)).toBeUndefined();
  });
});

describe('lossWarning', () => {
  const constant = history(
    12,
    (part) => 1718 - 1700 * part,
    (part) => 3.377e6 * (1 - 0.03 * part),
  );

  it('fires if nearly all of the loss is a divergence that hardly falls', () => {
    expect(lossWarning(constant)).toMatch(
      /^fit: the loss does not show the fit: 99\.9 % of it or more is divergence, and it fell by only 3\.05 %, while dataFitting went from 1720 to 18\./,
    );
  });

  it('does not fire if the loss falls, the data term counts, the run is short or the loss another', () => {
    const quick = (part: number) => 3.377e6 * (1 - 0.5 * part);
    expect(lossWarning(history(12, (part) => 1718 - 1700 * part, quick))).toBeUndefined();
    expect(
      lossWarning(
        history(
          12,
          () => 1e5,
          () => 3e6,
        ),
      ),
    ).toBeUndefined();
    expect(lossWarning(constant.slice(0, 9))).toBeUndefined();
    expect(lossWarning(Array(20).fill({ loss: 1 }))).toBeUndefined();
  });
});

describe('spreadWarning', () => {
  const moving = { name: '0.weight', size: 100, logStds: [-5, -5.01, -5.02, -5.03] };

  it('fires for the variable that moves most, if as long a run again would move spreads by a fifth', () => {
    const still = { name: '0.bias', size: 10, logStds: [-5, -5, -5, -5] };
    expect(spreadWarning([still, moving], 50)).toMatch(
      /that of '0\.weight' went from 0\.0066 to 0\.00654 in the last epoch,.*beta2: 0\.98/,
    );
    expect(spreadWarning([still, moving], 20)).toBeUndefined();
    expect(spreadWarning([{ ...still, size: 1000 }, moving], 50)).toBeUndefined();
  });

  it('does not fire for noise, a short run, or without measurements', () => {
    expect(spreadWarning([{ ...moving, logStds: [-5, -4.9, -5, -4.9] }], 100)).toBeUndefined();
    expect(spreadWarning([{ ...moving, logStds: [-5, -6, -7, -8] }], 9)).toBeUndefined();
    expect(spreadWarning([{ ...moving, logStds: [] }], 100)).toBeUndefined();
    expect(spreadWarning([{ ...moving, logStds: [-5, Number.NaN, -5, -5] }], 100)).toBeUndefined();
    expect(spreadWarning([], 100)).toBeUndefined();
  });
});

describe('inputsWarning', () => {
  const one = { mean: 0, std: 1, greatest: 3 };
  it.each([
    ['a large mean', { mean: 1976, std: 3.7, greatest: 1982 }],
    ['a large mean below 0', { mean: -40, std: 1, greatest: 42 }],
    ['a large spread', { mean: 2, std: 850, greatest: 5000 }],
  ])('names a column with %s', (_, column) => {
    expect(inputsWarning('inputs.1', [one, column, one])).toMatch(
      /^fit: inputs\.1 look unscaled: column 1 has mean -?\d+ and standard deviation [\d.]+ .*standardize/,
    );
  });

  it('fires for inputs that are all tiny', () => {
    expect(inputsWarning('inputs', [{ mean: 0, std: 1e-3, greatest: 2e-3 }])).toContain('column 0');
  });

  it('does not fire for standard units, pixels from 0 to 1, rare ones and empty columns', () => {
    const pixels = [0, 0.001, 0.5, 0.99, 1].map((mean) => ({
      mean,
      std: Math.sqrt(mean * (1 - mean)),
      greatest: 1,
    }));
    expect(inputsWarning('inputs', pixels)).toBeUndefined();
    expect(inputsWarning('inputs', [one, { mean: -15, std: 12, greatest: 40 }])).toBeUndefined();
    expect(inputsWarning('inputs', [one, { mean: 0, std: 0, greatest: 0 }])).toBeUndefined();
    expect(inputsWarning('inputs', [{ mean: 0, std: 0, greatest: 0 }])).toBeUndefined();
  });
});

describeOnBackends('warnings of fit', () => {
  let warn: MockInstance<typeof console.warn>;
  beforeEach(() => {
    warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => {
    warn.mockRestore();
  });

  /** Trains on the data of `problem` with many weights; the warnings, without a leak. */
  const warnings = async (
    { scale = 1, epochs = 3 }: { readonly scale?: number; readonly epochs?: number },
    options: { readonly warnings?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<readonly string[]> => {
    const { inputs, targets } = problem();
    const model = bayesian()(sequential(linear(2, 40), (x: tf.Tensor) => tf.tanh(x), linear(40, 2)));
    const scored = elbo({ likelihood: categorical(), datasetSize: 10 });
    const loss = pipe(model, localReparametrization, withDivergence, scored);
    const scaled = tf.mul(inputs, scale);
    const before = tf.memory().numTensors;
    const { params, optimizer } = await fit(trainStep(loss, adam({ learningRate: 0.05 })), {
      model,
      key: random.key(0),
      epochs,
      batches: batches({ inputs: scaled, targets }, { size: 10 }),
      progress: false,
      ...options,
    });
    tree.dispose([params, optimizer]);
    expect(tf.memory().numTensors).toBe(before);
    // TensorFlow.js advertises by the same means.
    return warn.mock.calls.map(([message]) => String(message)).filter((text) => text.startsWith('fit:'));
  };

  it('are none for a small problem trained a few epochs', async () => {
    expect(await warnings({})).toEqual([]);
  });

  it('name unscaled inputs, once', async () => {
    const expected = canReadSync() ? [expect.stringMatching(/^fit: inputs look unscaled: column \d/)] : [];
    expect(await warnings({ scale: 1000 })).toEqual(expected);
  });

  it('report a prior that wins', async () => {
    const all = await warnings({ epochs: 100 });
    expect(all.filter((text) => text.includes('the prior outweighs the data')).length).toBe(1);
  });

  it('report spreads that move', async () => {
    const all = await warnings({ epochs: 12 });
    expect(all.filter((text) => text.includes("end of training: that of '2.weight'")).length).toBe(1);
  });

  it('are off with `warnings: false`, and at the end of a run that was stopped', async () => {
    expect(await warnings({ scale: 1000, epochs: 12 }, { warnings: false })).toEqual([]);
    expect(await warnings({ epochs: 12 }, { signal: AbortSignal.abort() })).toEqual([]);
  });
});

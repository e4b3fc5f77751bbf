import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchNorm,
  bayesian,
  calibration,
  deterministic,
  linear,
  plot,
  pointMass,
  random,
  sequential,
} from '../../src/index.ts';
import { extent } from '../../src/plot/figure.ts';
import { countInBins } from '../../src/plot/histogram.ts';
import { normalPosteriors } from '../../src/plot/normalPosteriors.ts';
import { describeOnBackends } from '../support/backends.ts';
import { drawn, marks } from './support/figures.ts';
import { named, readPoints, texts } from './support/xml.ts';

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e37), max: Math.fround(1e37) }),
  fc.constantFrom(0, 1e9, 1e-9, 1e-45),
);
const list = fc.array(value, { minLength: 1, maxLength: 40 });

describe('a histogram', () => {
  it('has each value in exactly one bin, between its edges', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 20 }), (values, bins) => {
        const [low, high] = extent(values);
        const shares = countInBins(values, [low, high], bins);
        expect(shares).toHaveLength(bins);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
        const slack = 1e-9 * (high - low);
        shares.forEach((share, bin) => {
          const [from, to] = [bin, bin + 1].map((edge) => low + ((high - low) * edge) / bins) as [
            number,
            number,
          ];
          const surely = values.filter((each) => each > from + slack && each < to - slack).length;
          const perhaps = values.filter((each) => each >= from - slack && each <= to + slack).length;
          expect(share * values.length).toBeGreaterThanOrEqual(surely - 1e-6);
          expect(share * values.length).toBeLessThanOrEqual(perhaps + 1e-6);
        });
      }),
    );
  });
});

describe('plot.uncertaintyHistograms', () => {
  it('is well formed for any numbers, and shows their count', async () => {
    await fc.assert(
      fc.asyncProperty(list, list, fc.integer({ min: 1, max: 60 }), async (known, unknown, bins) => {
        const root = await drawn(await plot.uncertaintyHistograms({ known, unknown }, { bins }));
        expect(texts(root)).toEqual(
          expect.arrayContaining([`known (${known.length} rows)`, `unknown (${unknown.length} rows)`]),
        );
        expect(
          [...marks(root, 'area'), ...marks(root, 'line')].flatMap((mark) => named(mark, 'path')),
        ).toHaveLength(4);
      }),
      { numRuns: 20 },
    );
  });

  it('shows one value as one bar that can be seen, within the axis', async () => {
    const root = await drawn(await plot.uncertaintyHistograms({ one: [0.5] }, { width: 300 }));
    const points = readPoints(named(marks(root, 'line')[0]!, 'path')[0]!);
    const top = Math.min(...points.map(([, y]) => y));
    const bar = points.filter(([, y]) => y === top).map(([x]) => x);
    expect(Math.max(...bar) - Math.min(...bar)).toBeGreaterThan(8);
  });

  it('draws square roots, and says so, where one bin would flatten the others', async () => {
    const tail = Array.from({ length: 100 }, (_, i) => i / 100);
    const most = Array.from({ length: 900 }, () => 0.001);
    const figure = await plot.uncertaintyHistograms({ known: [...most, ...tail] }, { bins: 20 });
    const root = await drawn(figure);
    expect(texts(root)).toContain('share of rows (square-root scale)');
    const heights = readPoints(named(marks(root, 'line')[0]!, 'path')[0]!).map(([, y]) => y);
    const base = Math.max(...heights);
    // Bins of half a percent beside one of ninety.
    const least = base - Math.max(...heights.filter((y) => y < base - 0.5));
    expect(least / (base - Math.min(...heights))).toBeCloseTo(Math.sqrt(0.005 / 0.905), 1);
    const even = await drawn(await plot.uncertaintyHistograms({ known: tail }));
    expect(texts(even)).toContain('share of rows');
  });

  it.each([
    ['no sets', {}, {}, 'sets must be one to 4 data sets by name'],
    ['five sets', { a: [1], b: [1], c: [1], d: [1], e: [1] }, {}, 'sets must be one to 4'],
    ['an empty one', { a: [] }, {}, 'a must be at least one number'],
    ['no bins', { a: [1] }, { bins: 0 }, 'bins must be a positive integer, got 0'],
    ['a million bins', { a: [1] }, { bins: 1e6 }, 'bins must be at most 1000, got 1000000'],
  ])('refuses %s', async (_, sets, options, message) => {
    await expect(plot.uncertaintyHistograms(sets as never, options)).rejects.toThrow(message);
  });
});

const bins = { ece: 0.05, confidence: [0, 0.4, 0.9], accuracy: [0, 0.5, 0.8], count: [0, 2, 8] };

describe('plot.reliabilityDiagram', () => {
  it('shows the bins that have rows, their counts and the error', async () => {
    const root = await drawn(await plot.reliabilityDiagram(bins));
    expect(texts(root)).toEqual(expect.arrayContaining(['ECE 0.0500, 10 rows', '2', '8']));
    const [accuracy, counts] = marks(root, 'rect').map((mark) =>
      named(mark, 'rect').map(({ attributes }) => Number(attributes.height)),
    );
    expect(accuracy).toHaveLength(2);
    expect(accuracy![0]! / accuracy![1]!).toBeCloseTo(0.5 / 0.8, 2);
    expect(named(marks(root, 'link')[0]!, 'path')).toHaveLength(2);
    expect(counts![1]! / counts![0]!).toBeCloseTo(4, 0);
  });

  it('writes the counts only if each fits above its bar', async () => {
    const count = Array.from({ length: 20 }, (_, at) => 1011 + at);
    const shares = count.map((_, at) => (at + 0.5) / 20);
    const given = { ece: 0, confidence: shares, accuracy: shares, count };
    const written = async (width: number) =>
      texts(await drawn(await plot.reliabilityDiagram(given, { width }))).filter((text) =>
        count.includes(Number(text)),
      );
    expect(await written(600)).toHaveLength(20);
    expect(await written(400)).toEqual([]);
  });

  it.each([
    ['shares above 1', { ...bins, accuracy: [0, 0, 1.2] }, 'accuracy must be from 0 to 1, got 1.2'],
    ['an error below 0', { ...bins, ece: -0.1 }, 'ece must be from 0 to 1'],
    ['lists that do not fit', { ...bins, confidence: [0] }, 'confidence must be numbers of shape [3]'],
    ['no rows', { ...bins, count: [0, 0, 0] }, 'count must be above 0 in some bin'],
    ['a negative count', { ...bins, count: [0, -1, 2] }, 'count must be at least 0'],
    ['nothing', undefined, 'calibration must be what calibration() returns'],
  ])('refuses %s', async (_, given, message) => {
    await expect(plot.reliabilityDiagram(given as never)).rejects.toThrow(message);
  });
});

describeOnBackends('figures of tensors', () => {
  it('accept the result of calibration, and leave it unchanged', async () => {
    const probabilities = tf.tensor2d([
      [0.9, 0.1],
      [0.6, 0.4],
      [0.3, 0.7],
    ]);
    const measured = calibration(probabilities, tf.tensor1d([0, 1, 1], 'int32'), { bins: 4 });
    const before = tf.memory().numTensors;
    const figure = await plot.reliabilityDiagram(measured);
    expect(tf.memory().numTensors).toBe(before);
    const plain = {
      ece: measured.ece.dataSync(),
      confidence: measured.confidence.dataSync(),
      accuracy: measured.accuracy.dataSync(),
      count: measured.count.dataSync(),
    };
    expect(await plot.svg(figure)).toBe(await plot.svg(await plot.reliabilityDiagram(plain)));
    tf.dispose([probabilities, ...Object.values(measured)]);
  });

  it('show the normal posteriors of a tree, and skip other weights', async () => {
    const net = sequential(
      linear(3, 4),
      linear(4, 2, { posterior: pointMass() }),
      deterministic(linear(2, 1)),
      batchNorm(1),
    );
    const params = bayesian()(net).init(random.key(0));
    const before = tf.memory().numTensors;
    const root = await drawn(await plot.weightHistograms(params));
    expect(texts(root).filter((text) => text.includes('['))).toEqual(['0.weight [3, 4]', '0.bias [4]']);
    expect(texts(await drawn(await plot.signalToNoise(params)))).toContain('16 weights');
    expect(tf.memory().numTensors).toBe(before);
    const [weight] = await normalPosteriors('test', params);
    const logStd = (
      params as never as readonly [{ weight: { logStd: tf.Tensor } }]
    )[0].weight.logStd.dataSync();
    expect(Array.from(weight!.stds)).toEqual(Array.from(logStd, Math.exp));
  });

  it('count weights below a ratio of one, zero means too', async () => {
    const params = { w: { mean: tf.tensor1d([0, 0.5, 2, -8]), logStd: tf.zeros([4]) } };
    const root = await drawn(await plot.signalToNoise(params, { bins: 10 }));
    expect(texts(root)).toEqual(expect.arrayContaining(['4 weights', '|mean| = std; 50.0 % are below']));
    tf.dispose([params.w.mean, params.w.logStd]);
  });

  it('leave out pruned weights, and count them', async () => {
    const half = { mean: tf.tensor1d([0, 0.5, 0, -8]), logStd: tf.tensor1d([-1024, 0, -1024, 0]) };
    const none = { mean: tf.zeros([2]), logStd: tf.fill([2], -1024) };
    const root = await drawn(await plot.signalToNoise({ half, none }, { bins: 10 }));
    expect(texts(root)).toEqual(
      expect.arrayContaining(['2 weights, 4 are pruned', '|mean| = std; 50.0 % are below']),
    );
    const histograms = await drawn(await plot.weightHistograms({ half, none }));
    expect(texts(histograms)).toEqual(
      expect.arrayContaining(['half [4], 2 are pruned', 'none [2], 2 are pruned']),
    );
    expect(texts(await drawn(await plot.signalToNoise({ none })))).toContain('0 weights, 2 are pruned');
    tf.dispose([half.mean, half.logStd, none.mean, none.logStd]);
  });

  it('reject a tree without normal posteriors, and invalid bins', async () => {
    await expect(plot.weightHistograms({ w: tf.zeros([1]) })).rejects.toThrow(
      'plot.weightHistograms: params must be a tree of parameters with normal posteriors',
    );
    await expect(plot.signalToNoise(null)).rejects.toThrow('plot.signalToNoise: params must be a tree');
    const params = { w: { mean: tf.zeros([1]), logStd: tf.zeros([1]) } };
    await expect(plot.signalToNoise(params, { bins: 1.5 })).rejects.toThrow(
      'bins must be a positive integer',
    );
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aurc, calibration, plot, random, riskCoverage } from '../../src/index.ts';
import { binomialInterval } from '../../src/plot/binomial.ts';
import { describeOnBackends } from '../support/backends.ts';
import { take } from '../support/numbers.ts';
import { drawn, marks } from './support/figures.ts';
import { type Node, named, readPoints, texts } from './support/xml.ts';

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const fractions = fc.array(fraction, { minLength: 1, maxLength: 40 });

describe('the band of chance', () => {
  /** The probability of exactly k successes. */
  const probability = (n: number, p: number, k: number): number =>
    Array.from({ length: k }, (_, i) => ((n - i) / (i + 1)) * p).reduce(
      (product, each) => product * each,
      1,
    ) *
    (1 - p) ** (n - k);

  it('leaves at most 2.5 % on either side, and is not wider than it must be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, p) => {
          const [low, high] = binomialInterval(n, p);
          const all = Array.from({ length: n + 1 }, (_, k) => probability(n, p, k));
          const sum = (from: number, to: number) =>
            all.slice(from, to).reduce((total, each) => total + each, 0);
          const slack = 1e-9;
          expect(sum(0, low)).toBeLessThanOrEqual(0.025 + slack);
          expect(sum(0, low + 1)).toBeGreaterThanOrEqual(0.025 - slack);
          expect(sum(high + 1, n + 1)).toBeLessThanOrEqual(0.025 + slack);
          expect(sum(high, n + 1)).toBeGreaterThanOrEqual(0.025 - slack);
        },
      ),
    );
  });

  it('is that of a normal for many rows, and a point at 0 and 1', () => {
    const [low, high] = binomialInterval(1_000_000, 0.3);
    const spread = 1.95996 * Math.sqrt(1e6 * 0.3 * 0.7);
    expect(Math.abs(low - (3e5 - spread))).toBeLessThan(2);
    expect(Math.abs(high - (3e5 + spread))).toBeLessThan(2);
    expect([binomialInterval(10, 0), binomialInterval(10, 1)]).toEqual([
      [0, 0],
      [10, 10],
    ]);
  });
});

/** The points of the observed coverage, above the diagonal. */
const observed = (root: Node) => readPoints(named(marks(root, 'line').at(-1)!, 'path')[0]!);

describe('plot.intervalCoverage', () => {
  it('is well formed for any transforms or levels', async () => {
    await fc.assert(
      fc.asyncProperty(fractions, fc.option(fc.integer({ min: 1, max: 1000 })), async (values, rows) => {
        const root = await drawn(await plot.intervalCoverage(values));
        expect(texts(root)).toContain(`observed (${values.length} rows)`);
        const given = { levels: values, coverage: [...values].reverse(), ...(rows !== null && { rows }) };
        expect(texts(await drawn(await plot.intervalCoverage(given)))).toContain(
          rows === null ? 'observed' : `observed (${rows} rows)`,
        );
      }),
      { numRuns: 15 },
    );
  });

  it('counts the targets inside the central interval of each level', async () => {
    // Distances from the middle 0.2, 0.6 and 1, which their levels reach.
    const root = await drawn(await plot.intervalCoverage([0.6, 0.2, 1, 0.5]));
    const points = observed(root);
    const [[left, bottom], [right, top]] = [points[0]!, points.at(-1)!];
    // From a quarter at a level of 0.01 to three quarters at 0.99.
    const full = (bottom - top) * 2;
    const across = (level: number) => left + ((level - 0.01) / 0.98) * (right - left);
    const heightAt = (level: number) => points.filter(([x]) => x <= across(level) + 0.5).at(-1)![1];
    expect((bottom - heightAt(0.4)) / full).toBeCloseTo(0.25, 1);
    expect((bottom - heightAt(0.8)) / full).toBeCloseTo(0.5, 1);
  });

  it('sorts the levels, and shows a dot at each', async () => {
    const root = await drawn(await plot.intervalCoverage({ levels: [0.9, 0.5], coverage: [0.8, 0.45] }));
    const xs = observed(root).map(([x]) => x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(named(marks(root, 'dot')[0]!, 'circle')).toHaveLength(2);
    expect(texts(root)).not.toContain('by chance, 95 %');
  });

  it.each([
    ['transforms above 1', [0.5, 1.2], 'values must be from 0 to 1, got 1.2'],
    [
      'lists that do not fit',
      { levels: [0.5], coverage: [0.5, 0.6] },
      'coverage must be numbers of shape [1]',
    ],
    ['levels as percentages', { levels: [50], coverage: [0.5] }, 'levels must be from 0 to 1, got 50'],
    ['no rows', { levels: [0.5], coverage: [0.5], rows: 0 }, 'rows must be a positive integer, got 0'],
    ['nothing', undefined, 'coverage must be values of pit, or { levels, coverage }, got undefined'],
  ])('refuses %s', async (_, given, message) => {
    await expect(plot.intervalCoverage(given as never)).rejects.toThrow(`plot.intervalCoverage: ${message}`);
  });
});

describe('plot.pitHistogram', () => {
  it('is well formed for any transforms, and shows their density', async () => {
    await fc.assert(
      fc.asyncProperty(fractions, fc.integer({ min: 1, max: 30 }), async (values, bins) => {
        const root = await drawn(await plot.pitHistogram(values, { bins }));
        expect(named(marks(root, 'rect')[0]!, 'rect')).toHaveLength(bins);
        expect(texts(root)).toContain(`targets (${values.length} rows)`);
      }),
      { numRuns: 15 },
    );
    const root = await drawn(await plot.pitHistogram([0.1, 0.2, 0.3, 0.9], { bins: 2 }));
    const heights = named(marks(root, 'rect')[0]!, 'rect').map(({ attributes }) => Number(attributes.height));
    expect(heights[0]! / heights[1]!).toBeCloseTo(3, 1);
  });

  it.each([
    ['transforms below 0', [-0.5], {}, 'values must be from 0 to 1, got -0.5'],
    ['no bins', [0.5], { bins: 0 }, 'bins must be a positive integer, got 0'],
  ])('refuses %s', async (_, values, options, message) => {
    await expect(plot.pitHistogram(values, options)).rejects.toThrow(`plot.pitHistogram: ${message}`);
  });
});

describe('plot.riskCoverage', () => {
  it('is well formed for any errors', async () => {
    const errors = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(errors, async (risk) => {
        const coverage = risk.map((_, i) => (i + 1) / risk.length);
        const root = await drawn(await plot.riskCoverage({ 'a <name>': { coverage, risk } }));
        expect(texts(root).some((text) => text.startsWith('a <name> (AURC '))).toBe(true);
        expect(marks(root, 'line')).toHaveLength(1);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['no curves', {}, 'curves must be at least one curve by name'],
    ['nothing', undefined, 'curves must be at least one curve by name'],
    ['lists that do not fit', { a: { coverage: [1], risk: [1, 2] } }, 'a.risk must be numbers of shape [1]'],
    ['coverage that descends', { a: { coverage: [1, 0.5], risk: [1, 2] } }, 'a.coverage must be ascending'],
    ['a curve alone', { coverage: [1], risk: [1] }, 'coverage.coverage must be a tensor or an array'],
  ])('refuses %s', async (_, given, message) => {
    await expect(plot.riskCoverage(given as never)).rejects.toThrow(`plot.riskCoverage: ${message}`);
  });
});

describe('plot.reliabilityDiagram of adaptive bins', () => {
  const bins = { ece: 0.05, confidence: [0.6, 0.9], accuracy: [0.5, 0.8], count: [5, 5] };

  it('has bars between their edges', async () => {
    const root = await drawn(await plot.reliabilityDiagram({ ...bins, edges: [0, 0.8, 1] }));
    const widths = named(marks(root, 'rect')[0]!, 'rect').map(
      ({ attributes }) => Number(attributes.width) + 2,
    );
    expect(widths[0]! / widths[1]!).toBeCloseTo(4, 1);
  });

  it.each([
    ['of another number', [0, 1], 'edges must be numbers of shape [3]'],
    ['that descend', [0, 1, 0.5], 'edges must be ascending'],
    ['beyond 1', [0, 0.5, 2], 'edges must be from 0 to 1, got 2'],
  ])('refuses edges %s', async (_, edges, message) => {
    await expect(plot.reliabilityDiagram({ ...bins, edges })).rejects.toThrow(message);
  });
});

describeOnBackends('figures of decisions from tensors', () => {
  it('equal those from arrays, and leave the tensors unchanged', async () => {
    const transforms = random.uniform(random.key(0), [50, 1]);
    const uncertainty = random.uniform(random.key(1), [50]);
    const errors = random.uniform(random.key(2), [50]);
    const curve = riskCoverage({ uncertainty, errors });
    const area = take(aurc({ uncertainty, errors }))[0]!;
    const probabilities = tf.softmax(random.normal(random.key(3), [50, 3]));
    const labels = tf.zeros([50], 'int32');
    const measured = calibration(probabilities, labels, { bins: 5, adaptive: true });
    const before = tf.memory().numTensors;
    const list = Array.from(transforms.dataSync());
    for (const figure of [plot.pitHistogram, plot.intervalCoverage])
      expect(await plot.svg(await figure(transforms))).toBe(await plot.svg(await figure(list)));
    const root = await drawn(await plot.riskCoverage({ all: curve }));
    expect(texts(root)).toContain(`all (AURC ${area.toPrecision(3)})`);
    const few = { coverage: [0.5, 1], risk: [0.1, 0.2], aurc: 0.0123 };
    expect(texts(await drawn(await plot.riskCoverage({ few })))).toContain('few (AURC 0.0123)');
    await expect(plot.riskCoverage({ few: { ...few, aurc: Number.NaN } })).rejects.toThrow(
      'few.aurc must be a finite number',
    );
    await drawn(await plot.reliabilityDiagram(measured));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([transforms, uncertainty, errors, probabilities, labels]);
    tf.dispose([...Object.values(curve), ...Object.values(measured)]);
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { coarser, colorLevel, edges, heatCells, LEVELS } from '../../src/plot/heatCells.ts';
import { viridis } from '../../src/plot/viridis.ts';
import { describeOnBackends } from '../support/backends.ts';
import { proper } from './support/figures.ts';
import { all, named, parse, part, texts } from './support/xml.ts';

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e37), max: Math.fround(1e37) }),
  fc.constantFrom(0, 1e9, 1e-9, 1e-45),
);
const fields = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
  .chain(([columns, rows]) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.constant(rows),
      values: fc.array(value, { minLength: columns * rows, maxLength: columns * rows }),
    }),
  );
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The area that the cells of a map cover, in pixels. */
const coveredArea = (cells: ReturnType<typeof parse>): number =>
  named(cells, 'path')
    .flatMap(({ attributes }) => [...attributes.d!.matchAll(/M(\d+) (\d+)H(\d+)V(\d+)H(\d+)z/g)])
    .reduce(
      (sum, [, left, top, right, bottom]) =>
        sum + (Number(right) - Number(left)) * (Number(bottom) - Number(top)),
      0,
    );

describe('plot.uncertaintyMap', () => {
  it('is well formed for any values on any grid', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async ({ columns, rows, values }) => {
        proper(await plot.uncertaintyMap({ x: upTo(columns), y: upTo(rows), values }));
      }),
    );
  });

  it('has every cell once, in the colour of its value', () => {
    fc.assert(
      fc.property(fields, ({ columns, rows, values }) => {
        const field = {
          x: upTo(columns),
          y: upTo(rows),
          rows: upTo(rows).map((r) => values.slice(r * columns, (r + 1) * columns)),
        };
        const domain = [-1e38, 1e38] as const;
        const [xs, ys] = [edges(field.x), edges(field.y)].map((ends) => ends.map((end) => 10 + 20 * end));
        const cells = parse(
          heatCells(
            field,
            domain,
            xs!,
            ys!.map((y) => 500 - y),
          ),
        );
        expect(coveredArea(cells)).toBe(400 * columns * rows);
        const levels = new Set(values.map((each) => colorLevel(domain, each)));
        expect(named(cells, 'path').map(({ attributes }) => attributes.fill)).toHaveLength(levels.size);
      }),
    );
  });

  it('shows three parts in the same colours, and the points of each class', async () => {
    const { x, y, points } = plot.grid({ x: [0, 4], y: [0, 2], steps: 4 });
    expect(x).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect(points.slice(0, 5)).toEqual([
      [0.5, 0.25],
      [1.5, 0.25],
      [2.5, 0.25],
      [3.5, 0.25],
      [0.5, 0.75],
    ]);
    const total = points.map(([a]) => a);
    const uncertainty = {
      total,
      aleatoric: total.map((each) => each / 2),
      epistemic: total.map((each) => each / 2),
    };
    const data = { x: [1, 2, 3], y: [1, 1, 1], classes: [0, 1, 1] };
    const root = proper(await plot.uncertaintyMap({ x, y, uncertainty, data }));
    expect(texts(root)).toEqual(expect.arrayContaining(['total', 'aleatoric', 'epistemic', 'uncertainty']));
    const colours = all(root)
      .filter(({ attributes }) => attributes['data-part'] === 'cells')
      .map((cells) => named(cells, 'path').map(({ attributes }) => attributes.fill));
    expect(colours).toHaveLength(3);
    expect(colours[1]).toEqual(colours[2]);
    expect(colours[0]).not.toEqual(colours[1]);
  });

  it('averages a grid finer than the pixels', () => {
    const n = 300;
    const rows = upTo(n).map((r) => upTo(n).map((c) => r + c));
    const small = coarser({ x: upTo(n), y: upTo(n), rows });
    expect([small.x.length, small.y.length, small.rows.length, small.rows[0]!.length]).toEqual([
      100, 100, 100, 100,
    ]);
    expect(small.rows[0]![0]).toBeCloseTo(2, 10);
    expect(small.x[0]).toBeCloseTo(1, 10);
    const same = { x: [0, 1], y: [5], rows: [[1, 2]] };
    expect(coarser(same)).toEqual(same);
  });

  it.each([
    [
      'values of another size',
      { x: [0, 1], y: [0], values: [1] },
      'values must be numbers of shape [1, 2] or [2], got',
    ],
    ['a grid out of order', { x: [1, 0], y: [0], values: [1, 2] }, 'x must be ascending'],
    ['nothing', { x: [0], y: [0] }, 'the map must be one with values or an uncertainty'],
    ['NaN', { x: [0], y: [0], values: [Number.NaN] }, 'values must be finite'],
    [
      'a ninth class',
      { x: [0], y: [0], values: [1], data: { x: [0], y: [0], classes: [8] } },
      'integers from 0 to 7',
    ],
  ])('refuses %s', async (_, map, message) => {
    await expect(plot.uncertaintyMap(map as never)).rejects.toThrow(message);
  });

  it('rejects an invalid grid', () => {
    expect(() => plot.grid({ x: [1, 0], y: [0, 1] })).toThrow('plot.grid: x must be [low, high]');
    expect(() => plot.grid({ x: [0, 1], y: [0, 1], steps: 1 })).toThrow(
      'plot.grid: steps must be at least 2',
    );
  });
});

describe('viridis', () => {
  it('goes from violet to yellow and becomes ever brighter', () => {
    const brightness = (share: number) => {
      const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(viridis(share).slice(at, at + 2), 16));
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    expect([viridis(-1), viridis(0), viridis(1), viridis(2)]).toEqual([
      '#440154',
      '#440154',
      '#fde725',
      '#fde725',
    ]);
    for (let i = 1; i < LEVELS; i++)
      expect(brightness(i / (LEVELS - 1))).toBeGreaterThan(brightness((i - 1) / (LEVELS - 1)));
  });
});

describeOnBackends('plot.uncertaintyMap of tensors', () => {
  it('equals that of arrays, and leaves the tensors unchanged', async () => {
    const values = tf.tensor2d([1, 2, 3, 4, 5, 6], [6, 1]);
    const before = tf.memory().numTensors;
    const grid = { x: [0, 1, 2], y: [0, 1] };
    expect(await plot.uncertaintyMap({ ...grid, values })).toEqual(
      await plot.uncertaintyMap({
        ...grid,
        values: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect((await plot.uncertaintyMap({ ...grid, values })).svg).toContain('data-part="cells"');
    values.dispose();
  });
});

it('a map has a layer for the data', async () => {
  const root = proper(await plot.uncertaintyMap({ x: [0], y: [0], values: [1] }));
  expect(named(part(root, 'cells'), 'path')).toHaveLength(1);
});

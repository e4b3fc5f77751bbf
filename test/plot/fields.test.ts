import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { drawn, marks } from './support/figures.ts';
import { readPixels } from './support/png.ts';
import { named, texts } from './support/xml.ts';

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

/** The pictures of the cells of a map. */
const cells = async (figure: plot.Figure) =>
  named(await drawn(figure), 'image').map(({ attributes }) => readPixels(attributes.href!));

describe('plot.uncertaintyMap', () => {
  it('has every cell once, in the colour of its value, the first row below', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async ({ columns, rows, values }) => {
        const domain = [-1e38, 1e38] as const;
        const figure = await plot.uncertaintyMap({ x: upTo(columns), y: upTo(rows), values }, { domain });
        const [picture, ...others] = await cells(figure);
        expect(others).toEqual([]);
        expect([picture!.width, picture!.height]).toEqual([columns, rows]);
        const pixels = values.map((_, i) => picture!.at(i % columns, rows - 1 - Math.floor(i / columns)));
        // Viridis becomes brighter with the value.
        const brightness = pixels.map(([r, g, b]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!);
        const order = upTo(values.length).sort((a, b) => values[a]! - values[b]!);
        for (const [i, at] of order.slice(1).entries())
          expect(brightness[at]).toBeGreaterThanOrEqual(brightness[order[i]!]! - 1);
      }),
      { numRuns: 20 },
    );
  });

  it('has the ends of viridis at those of the domain', async () => {
    const [picture] = await cells(await plot.uncertaintyMap({ x: [0, 1], y: [0], values: [0, 1] }));
    expect([picture!.at(0, 0), picture!.at(1, 0)]).toEqual([
      [0x44, 0x01, 0x54],
      [0xfd, 0xe7, 0x25],
    ]);
  });

  it('draws cells of different widths one by one', async () => {
    const root = await drawn(await plot.uncertaintyMap({ x: [1, 2, 4, 8], y: [0], values: [1, 2, 3, 4] }));
    expect(named(root, 'image')).toEqual([]);
    const widths = named(marks(root, 'rect').at(-1)!, 'rect').map(({ attributes }) =>
      Number(attributes.width),
    );
    expect(widths).toHaveLength(4);
    expect(widths[3]! / widths[0]!).toBeCloseTo(4, 1);
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
    const figure = await plot.uncertaintyMap({ x, y, uncertainty, data });
    const root = await drawn(figure);
    expect(texts(root)).toEqual(expect.arrayContaining(['total', 'aleatoric', 'epistemic', 'uncertainty']));
    const hrefs = named(root, 'image').map(({ attributes }) => attributes.href);
    expect(hrefs).toHaveLength(3);
    expect(hrefs[1]).toBe(hrefs[2]);
    expect(hrefs[0]).not.toBe(hrefs[1]);
    // A group of dots for each class, in each of three parts.
    expect(
      marks(root, 'dot').map((mark) => named(mark, 'path').length + named(mark, 'circle').length),
    ).toEqual([3, 6]);
  });

  it('is small for a grid finer than the pixels', async () => {
    const n = 500;
    const values = new Float32Array(n * n).map((_, i) => i);
    const figure = await plot.uncertaintyMap({ x: upTo(n), y: upTo(n), values });
    expect((await plot.svg(figure)).length).toBeLessThan(150_000);
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

describeOnBackends('plot.uncertaintyMap of tensors', () => {
  it('equals that of arrays, and leaves the tensors unchanged', async () => {
    const values = tf.tensor2d([1, 2, 3, 4, 5, 6], [6, 1]);
    const before = tf.memory().numTensors;
    const grid = { x: [0, 1, 2], y: [0, 1] };
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expect(await plot.svg(await plot.uncertaintyMap({ ...grid, values }))).toBe(
      await plot.svg(await plot.uncertaintyMap({ ...grid, values: rows })),
    );
    expect(tf.memory().numTensors).toBe(before);
    values.dispose();
  });
});

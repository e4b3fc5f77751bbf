import * as Plot from '@observablehq/plot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { drawn, marks } from './support/figures.ts';
import { named, texts } from './support/xml.ts';

const options = { width: 300, height: 200 } as const;
const one = await plot.trainingCurves([{ loss: 1 }], options);

describe('plot.svg', () => {
  it('draws what users add, and follows their scales', async () => {
    const figure = await plot.trainingCurves({ loss: [1, 2], best: [0, 1] }, { title: 'Before' });
    const changed = {
      ...figure,
      title: 'After',
      y: { ...figure.y, label: 'bits' },
      color: { ...figure.color, range: ['#112233', '#445566'] },
      marks: [...figure.marks, Plot.ruleY([0.5], { stroke: 'tomato' })],
    };
    const root = await drawn(changed);
    expect(texts(root)).toEqual(expect.arrayContaining(['After', 'bits', 'loss', 'best']));
    expect(texts(root)).not.toContain('Before');
    expect(marks(root, 'rule').map(({ attributes }) => attributes.stroke)).toContain('tomato');
    // The line, and the swatch of the legend.
    expect((await plot.svg(changed)).match(/"#112233"/g)).toHaveLength(2);
  });

  it('draws any options of Plot', async () => {
    const data = [
      { x: 1, y: 2, kind: 'a' },
      { x: 2, y: 1, kind: 'b' },
    ];
    const root = await drawn({
      title: 'Own',
      color: { legend: true },
      marks: [Plot.dot(data, { x: 'x', y: 'y', fill: 'kind' })],
    } satisfies Plot.PlotOptions);
    expect(texts(root)).toEqual(expect.arrayContaining(['Own', 'a', 'b']));
    // Two dots; swatches are squares where the figure does not say otherwise.
    expect(named(root, 'circle')).toHaveLength(2);
  });

  it('is a figure for Plot itself', async () => {
    const figure: Plot.PlotOptions = await plot.uncertaintyHistograms({ a: [1, 2, 3] }, { title: 'Own' });
    expect(figure.title).toBe('Own');
    expect(typeof Plot.line([]).render).toBe('function');
  });

  it('is well-formed XML for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        await drawn(await plot.trainingCurves([{ loss: 1 }], { title: text, xLabel: text, yLabel: text }));
        const set = `${text} `;
        await drawn(await plot.uncertaintyHistograms({ [set]: [1, 2] }));
      }),
      { numRuns: 15 },
    );
  });

  it('shortens lines that are too long, and breaks legends', async () => {
    const long = 'word '.repeat(40);
    const names = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i} of the parts`, [1, 2]]));
    const root = await drawn(
      await plot.trainingCurves({ ...names, [long]: [1, 2] }, { ...options, title: long }),
    );
    expect(texts(root).filter((text) => text.endsWith('…'))).toHaveLength(2);
    const ys = new Set(
      named(root, 'text')
        .filter(({ text }) => /of the parts$/.test(text))
        .map(({ attributes }) => attributes.y),
    );
    expect(ys.size).toBeGreaterThan(3);
  });

  it('names series as they are called, even by a colour', async () => {
    const root = await drawn(await plot.trainingCurves({ red: [1, 2], blue: [2, 1] }));
    expect(marks(root, 'line').map((mark) => named(mark, 'path')[0]!.attributes.stroke)).toEqual([
      '#0072b2',
      '#d55e00',
    ]);
  });

  it('takes the labels of the axes, in figures of every kind', async () => {
    const labels = { xLabel: 'across', yLabel: 'up' } as const;
    const grid = { x: [0, 1], y: [0], values: [0, 1] };
    const figures = await Promise.all([
      plot.trainingCurves({ loss: [1, 2] }, labels),
      plot.predictiveBand({ x: [0, 1], mean: [0, 1] }, labels),
      plot.pitHistogram([0.5], labels),
      plot.intervalCoverage([0.5], labels),
      plot.riskCoverage({ a: { coverage: [1], risk: [1] } }, labels),
      plot.uncertaintyMap(grid, labels),
      plot.uncertaintyHistograms({ a: [1, 2] }, labels),
      plot.reliabilityDiagram({ ece: 0, confidence: [0.5], accuracy: [0.5], count: [1] }, labels),
      plot.pruning({ share: 1, variables: [], score: { before: 1, after: 1 } }, labels),
    ]);
    for (const figure of figures)
      expect(texts(await drawn<plot.Drawable>(figure))).toEqual(expect.arrayContaining(['across', 'up']));
    // An axis of square roots always says so.
    const values = [...Array.from({ length: 90 }, () => 0), 1, 2];
    const dominated = await plot.uncertaintyHistograms({ a: values }, labels);
    expect(dominated.y.label).toBe('up (square-root scale)');
  });

  it('puts panels in rows, under one title', async () => {
    const two = await plot.trainingCurves([{ loss: 2 }], { width: 200, height: 150, title: 'Second' });
    const both = plot.sideBySide([one, two], { title: 'Two' });
    expect(both.panels).toEqual([one, two]);
    const root = await drawn(both);
    expect(texts(root)).toEqual(expect.arrayContaining(['Two', 'Second']));
    expect(Number(root.attributes.width)).toBe(500 + 20);
    expect(root.children[0]!.text).toBe('Two');
    expect(() => plot.sideBySide([])).toThrow(
      'plot.sideBySide: figures must be a list of at least one figure',
    );
    expect(() => plot.sideBySide([one, 'two' as never])).toThrow('plot.sideBySide: figures must be a figure');
  });

  it('switches background and text together, and only if allowed', async () => {
    const figure = (theme?: plot.Theme) =>
      plot.trainingCurves([{ loss: 1 }], theme === undefined ? {} : { theme }).then(plot.svg);
    const [auto, light, dark] = [await figure(), await figure('light'), await figure('dark')];
    expect(auto).toContain('prefers-color-scheme:dark');
    for (const svg of [light, dark]) expect(svg).not.toContain('<style');
    expect(auto.replace(/<style>.*<\/style>/, '')).toBe(light);
    expect(dark).toContain('"#15181d"');
    expect(dark).not.toMatch(/"#(ffffff|1f2328|0072b2)"/);
    // Each colour that changes in dark does so by a rule of auto.
    const rules = [...auto.matchAll(/\[(?:fill|stroke)="(#\w+)"\]\{\w+:(#\w+)\}/g)];
    const changed = rules.reduce((svg, [, from, to]) => svg.replaceAll(`"${from}"`, `"${to}"`), light);
    expect(changed).toBe(dark);
    // No names that another figure of the page may have.
    expect(auto).not.toMatch(/ id="/);
    await expect(figure('night' as never)).rejects.toThrow(
      "plot.svg: theme must be 'auto', 'light' or 'dark'",
    );
  });

  it('refuses what is not a figure', async () => {
    await expect(plot.svg('<svg/>' as never)).rejects.toThrow('plot.svg: figure must be a figure');
    await expect(plot.svg(Promise.resolve(one) as never)).rejects.toThrow('is an await missing');
  });
});

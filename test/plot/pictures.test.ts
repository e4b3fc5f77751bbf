import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { proper } from './support/figures.ts';
import { all, named, texts } from './support/xml.ts';

const image = (height: number, width: number) =>
  fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: width, maxLength: width }), {
    minLength: height,
    maxLength: height,
  });

describe('plot.pictures', () => {
  it('has every pixel once, in its shade', async () => {
    await fc.assert(
      fc.asyncProperty(image(5, 4), async (pixels) => {
        const root = proper(await plot.pictures({ images: [pixels] }));
        const drawn = Array.from({ length: 5 }, () => [0, 0, 0, 0]);
        for (const { attributes } of named(root, 'path')) {
          for (const [, x, y, end] of attributes.d!.matchAll(/M(\d) (\d)H(\d)v1H\dz/g)) {
            for (let at = Number(x); at < Number(end); at++)
              drawn[Number(y)]![at]! += Number(attributes['fill-opacity']);
          }
        }
        for (const [y, row] of pixels.entries())
          for (const [x, shade] of row.entries())
            expect(Math.abs(drawn[y]![x]! - shade)).toBeLessThan(0.5 / 15 + 0.006);
      }),
    );
  });

  it('has captions, and bars as high as the probabilities', async () => {
    const images = [
      [
        [0, 1],
        [1, 0],
      ],
      [
        [0.5, 0.5],
        [0, 0],
      ],
    ];
    const probabilities = [
      [0.25, 0.75],
      [1, 0],
    ];
    const root = proper(
      await plot.pictures({ images, probabilities, labels: [1, 0], captions: ['a < b', 'c'] }),
    );
    expect(texts(root)).toEqual(['a < b', '0', '1', 'c', '0', '1']);
    const bars = all(root).filter(
      ({ name, attributes }) => name === 'rect' && /-(first|second)$/.test(attributes.class ?? ''),
    );
    expect(bars.map(({ attributes }) => Number(attributes.height))).toEqual([21, 63, 84, 0]);
    expect(bars.map(({ attributes }) => attributes.class)).toEqual(
      ['first', 'second', 'second', 'first'].map((role) => `tfb-f-${role}`),
    );
  });

  it.each([
    ['no pictures', { images: [1, 2] }, 'images must be at most 200 of shape [n, height, width]'],
    ['pixels up to 255', { images: [[[255]]] }, 'images must be from 0 to 1, got 255'],
    ['captions that do not fit', { images: [[[0]]], captions: [] }, 'captions must be 1 lines'],
    ['logits', { images: [[[0]]], probabilities: [[-2, 3]] }, 'probabilities must be from 0 to 1'],
    [
      'bars that do not fit',
      { images: [[[0]]], probabilities: [[1], [1]] },
      'probabilities must be numbers of shape [1, columns]',
    ],
  ])('refuses %s', async (_, data, message) => {
    await expect(plot.pictures(data as never)).rejects.toThrow(message);
  });
});

describe('plot.sideBySide', () => {
  it('puts figures in a row', async () => {
    const one = await plot.trainingCurves([{ loss: 1 }], { width: 200, height: 150 });
    const two = await plot.trainingCurves([{ loss: 2 }], { width: 300, height: 200 });
    const both = plot.sideBySide([one, two], { title: 'Two' });
    const root = proper(both);
    expect([both.width, both.height]).toEqual([500, two.height + 28]);
    expect(named(root, 'svg').map(({ attributes }) => attributes.width)).toEqual(['500', '200', '300']);
    expect(() => plot.sideBySide([])).toThrow(
      'plot.sideBySide: figures must be a list of at least one figure',
    );
    expect(() => plot.sideBySide([one, 'two' as never])).toThrow('plot.sideBySide: figures must be a figure');
  });
});

describe('themes', () => {
  const figure = (theme?: plot.Theme) =>
    plot.trainingCurves([{ loss: 1 }], theme === undefined ? {} : { theme });

  it('switch background and text together, and only if allowed', async () => {
    const [auto, light, dark] = [await figure(), await figure('light'), await figure('dark')];
    expect(auto.svg).toContain('prefers-color-scheme:dark');
    for (const { svg } of [light, dark]) expect(svg).not.toMatch(/<style|class=/);
    const bare = auto.svg.replace(/<style>.*<\/style>/, '').replaceAll(/ class="[^"]*"/g, '');
    expect(bare).toBe(light.svg);
    expect(dark.svg).toContain('#15181d');
    expect(dark.svg).not.toContain('#ffffff');
    // Every class of an element has its rule.
    for (const [, name] of auto.svg.matchAll(/ class="([^"]*)"/g)) expect(auto.svg).toContain(`.${name}{`);
    // No names that another figure of the page may have.
    expect(auto.svg).not.toMatch(/ id="/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { drawn, marks } from './support/figures.ts';
import { readPixels } from './support/png.ts';
import { named, texts } from './support/xml.ts';

const image = (height: number, width: number) =>
  fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: width, maxLength: width }), {
    minLength: height,
    maxLength: height,
  });

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

describe('plot.pictures', () => {
  it('has every pixel once, in its shade: ink is black', async () => {
    await fc.assert(
      fc.asyncProperty(image(5, 4), async (pixels) => {
        const [shown] = named(await drawn(await plot.pictures({ images: [pixels] })), 'image');
        const { width, height, at } = readPixels(shown!.attributes.href!);
        expect([width, height]).toEqual([4, 5]);
        for (const [y, row] of pixels.entries())
          for (const [x, ink] of row.entries())
            for (const channel of at(x, y)) expect(Math.abs(channel / 255 - (1 - ink))).toBeLessThan(0.003);
      }),
      { numRuns: 15 },
    );
  });

  it('has colours as they are', async () => {
    const colored = [
      [
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
        [
          [0, 0, 1],
          [1, 1, 1],
        ],
      ],
    ] as never;
    const [shown] = named(await drawn(await plot.pictures({ images: colored })), 'image');
    const { at } = readPixels(shown!.attributes.href!);
    expect([at(0, 0), at(1, 0), at(0, 1), at(1, 1)]).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
    ]);
  });

  it('is white on black on a dark background, unless in colour', async () => {
    const dark = await plot.svg(await plot.pictures({ images }, { theme: 'dark' }));
    expect(dark.match(/<g [^>]*style="filter:invert\([^"]*"/g) ?? dark).toHaveLength(1);
    const auto = await plot.svg(await plot.pictures({ images }));
    const [, label] = /\.tfjs-bayesian \[(aria-description="[^"]*")\]\{filter:invert/.exec(auto)!;
    expect(auto.split('</style>')[1]).toContain(label);
    const colored = [[[[1, 0, 0]]]] as never;
    expect(await plot.svg(await plot.pictures({ images: colored }, { theme: 'dark' }))).not.toContain(
      'invert',
    );
  });

  it('has captions, and bars as long as the probabilities', async () => {
    const probabilities = [
      [0.25, 0.75],
      [1, 0],
    ];
    const root = await drawn(
      await plot.pictures({ images, probabilities, labels: [1, 0], captions: ['a < b', 'c'] }),
    );
    expect([...texts(root)].sort()).toEqual(['0', '0', '1', '1', 'a < b', 'c']);
    const bars = named(marks(root, 'rect')[0]!, 'rect').map(({ attributes }) => attributes);
    expect(bars.map(({ height }) => Number(height))).toEqual([21, 63, 84, 0]);
    const [blue, orange] = ['#0072b2', '#d55e00'];
    expect(bars.map(({ fill }) => fill)).toEqual([blue, orange, orange, blue]);
  });

  it('names the five most probable classes, and the true one', async () => {
    const classes = ['cat', 'dog', 'bird', 'fish', 'horse', 'ship', 'truck'];
    const probabilities = [[0.02, 0.3, 0.2, 0.15, 0.13, 0.15, 0.05]];
    const one = { images: images.slice(0, 1), probabilities, classes };
    expect([...texts(await drawn(await plot.pictures(one)))].sort()).toEqual([
      'bird',
      'dog',
      'fish',
      'horse',
      'ship',
    ]);
    const root = await drawn(await plot.pictures({ ...one, labels: [0] }));
    expect(texts(root)).toEqual(['dog', 'bird', 'fish', 'ship', 'cat']);
    const widths = named(marks(root, 'rect')[0]!, 'rect').map(({ attributes }) => Number(attributes.width));
    expect(widths[0]! / widths[1]!).toBeCloseTo(1.5, 1);
    expect(widths[0]! / widths[4]!).toBeCloseTo(15, 0);
  });

  it.each([
    ['no pictures', { images: [1, 2] }, 'images must be at most 200 of shape [n, height, width]'],
    ['pixels up to 255', { images: [[[255]]] }, 'images must be from 0 to 1, got 255'],
    ['two channels', { images: [[[[1, 0]]]] }, 'images must be at most 200 of shape'],
    ['captions that do not fit', { images: [[[0]]], captions: [] }, 'captions must be 1 lines'],
    ['logits', { images: [[[0]]], probabilities: [[-2, 3]] }, 'probabilities must be from 0 to 1'],
    [
      'names that do not fit',
      { images: [[[0]]], probabilities: [[0.5, 0.5]], classes: ['a'] },
      'classes must be 2 lines',
    ],
    [
      'bars that do not fit',
      { images: [[[0]]], probabilities: [[1], [1]] },
      'probabilities must be numbers of shape [1, columns]',
    ],
  ])('refuses %s', async (_, data, message) => {
    await expect(plot.pictures(data as never)).rejects.toThrow(message);
  });
});

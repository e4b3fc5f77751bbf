import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mixed, parsed, type Rgb } from '../../web/draw/colors.ts';
import { classPalette, MOST, toPixels, uncertaintyPalette } from '../../web/draw/heat.ts';

const sheet = readFileSync('web/style.css', 'utf8');

/** The colours of a theme: those of the first block of variables, or of the dark one. */
const colours = (theme: 'light' | 'dark') => {
  const block = sheet.slice(theme === 'light' ? 0 : sheet.indexOf('prefers-color-scheme: dark'));
  const own = block.slice(0, block.indexOf('}'));
  return new Map([...own.matchAll(/--([\w-]+): (#\w+)/g)].map(([, name, value]) => [name, parsed(value!)]));
};

/** WCAG 2.2, relative luminance. */
const luminance = (rgb: Rgb): number => {
  const [r, g, b] = rgb.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  ) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

describe('contrast', () => {
  it('is measured as WCAG does', () => {
    expect(contrast(parsed('#000'), parsed('#ffffff'))).toBeCloseTo(21, 6);
    expect(contrast(parsed('#767676'), parsed('#fff'))).toBeCloseTo(4.54, 2);
  });

  describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
    const of = (name: string): Rgb => colours(theme).get(name)!;

    it.each([
      ['ink', 'page'],
      ['ink', 'paper'],
      ['quiet', 'page'],
      ['quiet', 'paper'],
      // The button that trains.
      ['paper', 'curve'],
    ])('of %s on %s is enough to read', (text, ground) => {
      expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
    });

    it.each(['curve', 'class-0', 'class-1', 'focus', 'epistemic', 'aleatoric', 'alarm'])(
      'of %s on paper is enough to see',
      (name) => {
        expect(contrast(of(name), of('paper'))).toBeGreaterThanOrEqual(3);
      },
    );
  });
});

describe('colours', () => {
  it('are read as style sheets and build tools write them', () => {
    expect(parsed(' #1f6391 ')).toEqual([31, 99, 145]);
    expect(parsed('#fff')).toEqual([255, 255, 255]);
    expect(parsed('white')).toEqual([0, 0, 0]);
  });

  it('mix', () => {
    expect(mixed([0, 100, 200], [100, 0, 200], 0.5)).toEqual([50, 50, 200]);
    expect(mixed([0, 0, 0], [9, 9, 9], 7)).toEqual([9, 9, 9]);
  });
});

describe('the palettes of the maps', () => {
  const theme = {
    paper: [255, 255, 255],
    ink: [0, 0, 0],
    grid: [0, 0, 0],
    curve: [0, 0, 0],
    classes: [
      [0, 0, 255],
      [255, 0, 0],
    ],
    aleatoric: [10, 20, 30],
    epistemic: [10, 20, 30],
  } as const;

  it('go from one class through the paper to the other', () => {
    expect(classPalette(theme)(0.5)).toEqual(theme.paper);
    expect(classPalette(theme)(0)[2]).toBe(255);
    expect(classPalette(theme)(1)[0]).toBe(255);
  });

  it('range from no uncertainty to the most that two classes can have', () => {
    expect(uncertaintyPalette(theme, theme.epistemic)(0)).toEqual(theme.paper);
    expect(uncertaintyPalette(theme, theme.epistemic)(MOST)).toEqual(theme.epistemic);
  });

  it('make four bytes a value', () => {
    const pixels = toPixels([0, MOST], uncertaintyPalette(theme, theme.epistemic));
    expect(Array.from(pixels)).toEqual([255, 255, 255, 255, 10, 20, 30, 255]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steered } from '../../web/page/pointing.ts';
import { withoutNearest } from '../../web/shared/points.ts';
import { classificationDefaults, regressionDefaults, sameNetwork } from '../../web/shared/settings.ts';
import { classificationStops, indexOf, moved, regressionStops, type Slider } from '../../web/shared/stops.ts';
import { nextChunk, nextDetail } from '../../web/worker/chunk.ts';

const sliders: readonly Slider[] = ['samples', 'priorScale', 'temperature', 'width'];

describe('sliders', () => {
  it.each([
    ['regression', regressionStops, regressionDefaults],
    ['classification', classificationStops, classificationDefaults],
  ] as const)('of the %s have its defaults among their stops, in rising order', (_, stops, defaults) => {
    for (const slider of sliders) {
      expect(stops[slider]).toContain(defaults[slider]);
      expect([...stops[slider]].sort((a, b) => a - b)).toEqual(stops[slider]);
    }
  });

  it('move one setting and leave the others', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sliders), fc.integer({ min: -5, max: 20 }), (slider, index) => {
        const after = moved(regressionDefaults, regressionStops, slider, index);
        expect({ ...after, [slider]: 0 }).toEqual({ ...regressionDefaults, [slider]: 0 });
        expect(regressionStops[slider]).toContain(after[slider]);
      }),
    );
  });

  it('find the stop of a value again', () => {
    regressionStops.width.forEach((width, index) => {
      expect(indexOf(regressionStops.width, width)).toBe(index);
    });
  });

  it('start a new network for another width or other units only', () => {
    const same = (change: object) => sameNetwork(regressionDefaults, { ...regressionDefaults, ...change });
    expect(same({ temperature: 3, samples: 16, priorScale: 3 })).toBe(true);
    expect(same({ width: 6 })).toBe(false);
    expect(same({ units: 'tanh' })).toBe(false);
    expect(same({ method: 'ivon' })).toBe(false);
  });
});

describe('withoutNearest', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ];

  it('takes the nearest point away, within reach', () => {
    expect(withoutNearest(points, { x: 0.9, y: 0.8 }, 0.5)).toEqual([{ x: 0, y: 0 }]);
    expect(withoutNearest(points, { x: 0.4, y: 0.5 }, 0.1)).toEqual(points);
    expect(withoutNearest([], { x: 0, y: 0 }, Number.POSITIVE_INFINITY)).toEqual([]);
  });

  it('takes one of two that lie on each other', () => {
    expect(withoutNearest([points[0]!, points[0]!], { x: 0, y: 0 }, 1)).toHaveLength(1);
  });
});

describe('the cross', () => {
  it('moves with the arrow keys, faster with Shift, and stays within the plot', () => {
    expect(steered({ x: 0, y: 0 }, 'ArrowUp', false)).toEqual({ x: 0, y: 0.1 });
    expect(steered({ x: 0, y: 0 }, 'ArrowLeft', true)).toEqual({ x: -0.5, y: 0 });
    expect(steered({ x: 3, y: 0 }, 'ArrowRight', true)).toEqual({ x: 3, y: 0 });
    expect(steered({ x: 0, y: 0 }, 'a', false)).toBeUndefined();
  });
});

describe('nextChunk', () => {
  it('fits the steps into the time, at most twice as many as before', () => {
    expect(nextChunk(1, 3, 10)).toBe(2);
    expect(nextChunk(20, 120, 10)).toBe(10);
    expect(nextChunk(20, 0, 0)).toBe(25);
  });

  it('always makes a step, and trains as long as pictures take', () => {
    expect(nextChunk(1, 5000, 10)).toBe(1);
    expect(nextChunk(4, 400, 600)).toBe(6);
  });
});

describe('nextDetail', () => {
  it('uses fine detail if that is fast, and keeps its choice', () => {
    expect(nextDetail('coarse', 5)).toBe('fine');
    expect(nextDetail('fine', 40)).toBe('fine');
    expect(nextDetail('fine', 900)).toBe('coarse');
    expect(nextDetail('coarse', 120)).toBe('coarse');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOX, centred, centreOfMass, MIDDLE } from '../../web/digits/centre.ts';
import { example } from '../../web/digits/examples.ts';
import { letters } from '../../web/digits/letters.ts';
import { blank, drawnTo, lifted, lowered } from '../../web/digits/pen.ts';
import { raster, SIDE } from '../../web/digits/raster.ts';
import { traceStrokes } from '../../web/digits/skeleton.ts';
import { boundingBox, mapPlaces, type Strokes } from '../../web/digits/strokes.ts';
import { testDigits } from './support/testDigits.ts';

const coordinate = fc.double({ min: 0, max: 1, noNaN: true });
const stroke = fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: 1, maxLength: 8 });
const drawing = fc.array(stroke, { minLength: 1, maxLength: 4 });

/** The rows and columns that a picture's ink takes, pixels of more than a hint. */
const extent = (pixels: ArrayLike<number>): readonly [number, number] => {
  const inked = Array.from(pixels).flatMap((ink, at) => (ink > 0.02 ? [at] : []));
  const span = (of: (at: number) => number) => Math.max(...inked.map(of)) - Math.min(...inked.map(of)) + 1;
  return [span((at) => Math.floor(at / SIDE)), span((at) => at % SIDE)];
};

/** The cosine of the angle between two pictures. */
const likeness = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x).reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('raster', () => {
  it('has as much ink as the pen has area', () => {
    const dot = raster([[{ x: 14, y: 14 }]], 3);
    expect(dot.reduce((sum, ink) => sum + ink, 0)).toBeCloseTo(Math.PI * 9, 0);
  });

  it('stays between 0 and 1, also for strokes beyond the picture', () => {
    fc.assert(
      fc.property(drawing, (strokes) => {
        const pixels = raster(
          mapPlaces(strokes, ({ x, y }) => ({ x: 60 * x - 16, y: 60 * y - 16 })),
          1.1,
        );
        expect(pixels.every((ink) => ink >= 0 && ink <= 1)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('centred', () => {
  it('returns undefined for an empty drawing', () => {
    expect(centred([])).toBeUndefined();
  });

  it('puts the centre of mass in the middle and the drawing into the box', () => {
    for (const strokes of Object.values(letters)) {
      const picture = centred(strokes)!;
      const { x, y } = centreOfMass(picture)!;
      // A T has so much of its ink at the top that the middle would cost it its foot.
      const atEdge = Array.from(picture.subarray(27 * SIDE)).some((ink) => ink > 0.5);
      expect(Math.abs(x - MIDDLE)).toBeLessThan(0.1);
      expect(Math.abs(y - MIDDLE)).toBeLessThan(atEdge ? 1.5 : 0.1);
      const longest = Math.max(...extent(picture));
      // A pixel more on either side, where the edge of the pen falls between two.
      expect(longest).toBeGreaterThanOrEqual(BOX - 1);
      expect(longest).toBeLessThanOrEqual(BOX + 2);
    }
  });

  it('is invariant to the position and size of a drawing', () => {
    fc.assert(
      fc.property(
        drawing,
        coordinate,
        fc.double({ min: 0.5, max: 300, noNaN: true }),
        (strokes, shift, scale) => {
          const box = boundingBox(strokes)!;
          fc.pre(Math.max(box.width, box.height) > 0.05);
          const moved = mapPlaces(strokes, ({ x, y }) => ({ x: scale * x + shift, y: scale * y - shift }));
          expect(likeness(centred(moved)!, centred(strokes)!)).toBeGreaterThan(0.999);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('processes digits as MNIST did', () => {
    const { pictures } = testDigits(100);
    for (const picture of pictures) {
      const { x, y } = centreOfMass(picture)!;
      // Moved by whole pixels there.
      expect(Math.max(Math.abs(x - MIDDLE), Math.abs(y - MIDDLE))).toBeLessThan(0.51);
      expect(Math.max(...extent(picture))).toBe(BOX);
    }
    // Another pen and a line for a body: what is drawn again is near to what was there.
    const like = pictures.map((picture) => likeness(centred(traceStrokes(picture))!, picture));
    expect(mean(like)).toBeGreaterThan(0.8);
    // A pixel further it is not.
    const shifted = pictures.map((picture, i) =>
      likeness(centred(traceStrokes(pictures[(i + 1) % 100]!))!, picture),
    );
    expect(mean(shifted)).toBeLessThan(0.6);
  });
});

describe('the pen', () => {
  it('draws only while it is down', () => {
    const at = (x: number) => ({ x, y: 0 });
    const first = drawnTo(lowered(drawnTo(blank, at(1)), at(2)), at(3));
    const second = drawnTo(lowered(drawnTo(lifted(first), at(4)), at(5)), at(6));
    expect(second.strokes).toEqual([
      [at(2), at(3)],
      [at(5), at(6)],
    ]);
  });
});

describe('the examples', () => {
  it.each(['three', 'seven', ...Object.keys(letters)])('have %s on the surface, with a margin', (name) => {
    const { left, top, width, height } = boundingBox(example(name) as Strokes)!;
    expect(Math.min(left, top)).toBeGreaterThan(0.1);
    expect(Math.max(left + width, top + height)).toBeLessThan(0.9);
  });

  it('are undefined for another name', () => {
    expect(example('toString')).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveAt, mapAt, toPlot, toSurface, withinPlot } from '../../web/draw/scale.ts';
import { CELLS, CURVE, evenGrid, RANGE } from '../../web/shared/range.ts';

const coordinate = fc.double({ min: -RANGE, max: RANGE, noNaN: true });
const point = fc.record({ x: coordinate, y: coordinate });
const side = fc.integer({ min: 50, max: 2000 });
const size = fc.record({ width: side, height: side });

describe('the scales of a plot', () => {
  it('are inverse to each other', () => {
    fc.assert(
      fc.property(size, point, (surface, at) => {
        const back = toPlot(surface, toSurface(surface, at));
        expect(back.x).toBeCloseTo(at.x, 9);
        expect(back.y).toBeCloseTo(at.y, 9);
      }),
    );
  });

  it('put the greatest y at the top', () => {
    expect(toSurface({ width: 600, height: 400 }, { x: -RANGE, y: RANGE })).toEqual({ x: 0, y: 0 });
    expect(toSurface({ width: 600, height: 400 }, { x: RANGE, y: -RANGE })).toEqual({ x: 600, y: 400 });
  });

  it('keep points within the plot', () => {
    expect(withinPlot({ x: 99, y: -99 })).toEqual({ x: RANGE, y: -RANGE });
    fc.assert(
      fc.property(point, (at) => {
        expect(withinPlot(at)).toEqual(at);
      }),
    );
  });
});

describe('reading values off', () => {
  it('finds a straight curve anywhere', () => {
    const values = evenGrid(CURVE).map((x) => 2 * x - 1);
    fc.assert(
      fc.property(coordinate, (x) => {
        expect(curveAt(values, x)).toBeCloseTo(2 * x - 1, 9);
      }),
    );
  });

  it('finds the nearest cell of a map, its rows from the top', () => {
    const axis = evenGrid(CELLS.fine);
    const values = axis.flatMap((down) => axis.map((x) => x + 10 * -down));
    const half = RANGE / (CELLS.fine - 1) + 1e-9;
    fc.assert(
      fc.property(point, ({ x, y }) => {
        expect(Math.abs(mapAt(values, CELLS.fine, { x, y }) - (x + 10 * y))).toBeLessThanOrEqual(11 * half);
      }),
    );
  });
});

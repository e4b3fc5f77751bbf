/** A point of the regression. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point of the classification; its class is 0 or 1. */
export interface LabelledPoint extends Point {
  readonly label: 0 | 1;
}

const squaredDistance = (a: Point, b: Point): number => (a.x - b.x) ** 2 + (a.y - b.y) ** 2;

/** The points without the one nearest to a position, if it is within `reach`. */
export const withoutNearest = <P extends Point>(
  points: readonly P[],
  place: Point,
  reach: number,
): readonly P[] => {
  const distances = points.map((point) => squaredDistance(point, place));
  const nearest = Math.min(...distances);
  return nearest > reach * reach ? points : points.filter((_, i) => i !== distances.indexOf(nearest));
};

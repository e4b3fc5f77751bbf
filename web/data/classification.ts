import { random } from 'tfjs-bayesian';
import type { LabelledPoint, Point } from '../shared/points.ts';
import type { ClassificationSet } from '../shared/sets.ts';
import { numbers } from './numbers.ts';

interface Shape {
  /** The noise-free position for a class and a number between 0 and 1. */
  readonly place: (label: 0 | 1, u: number) => Point;
  /** The standard deviation of the noise on both coordinates. */
  readonly noise: number;
}

const onCircle = (radius: number, turns: number): Point => ({
  x: radius * Math.cos(2 * Math.PI * turns),
  y: radius * Math.sin(2 * Math.PI * turns),
});

const shapes: Readonly<Record<Exclude<ClassificationSet, 'none'>, Shape>> = {
  moons: {
    place: (label, u) => {
      const { x, y } = onCircle(1.3, u / 2);
      return label === 0 ? { x: x - 0.65, y: y - 0.3 } : { x: x + 0.65, y: 0.3 - y };
    },
    noise: 0.16,
  },
  circles: { place: (label, u) => onCircle(label === 0 ? 0.6 : 1.8, u), noise: 0.18 },
  overlap: { place: (label) => ({ x: label === 0 ? -0.7 : 0.7, y: 0 }), noise: 0.7 },
};

/** Equally many points of each class, drawn from the key. */
export const classificationPoints = async (
  set: ClassificationSet,
  key: random.Key,
  each = 50,
): Promise<readonly LabelledPoint[]> => {
  if (set === 'none') return [];
  const { place, noise } = shapes[set];
  const us = await numbers(random.uniform(random.foldIn(key, 0), [2 * each]));
  const errors = await numbers(random.normal(random.foldIn(key, 1), [2 * each, 2]));
  return us.map((u, i) => {
    const label = i % 2 === 0 ? 0 : 1;
    const { x, y } = place(label, u);
    return { x: x + noise * (errors[2 * i] as number), y: y + noise * (errors[2 * i + 1] as number), label };
  });
};

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { random } from '../../../src/index.ts';
import { dualAveraging, startAveraging } from '../../../src/transforms/hamiltonian/dualAveraging.ts';
import {
  type LogDensity,
  leapfrog,
  type Moving,
  pointAt,
} from '../../../src/transforms/hamiltonian/leapfrog.ts';
import { transition } from '../../../src/transforms/hamiltonian/transition.ts';
import { describeOnBackends, runs } from '../../support/backends.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { expectNumbers, take, valuesOfEach } from '../../support/numbers.ts';

/** Not quadratic, and with the two parts of the position coupled. */
const bent: LogDensity = ([x, y]) =>
  tf.neg(
    tf.add(
      tf.sum(tf.add(tf.mul(0.5, tf.square(x!)), tf.mul(0.1, tf.square(tf.square(x!))))),
      tf.mul(0.5, tf.square(tf.sub(y!, tf.sum(tf.sin(x!))))),
    ),
  );

const startAt = (seed: number): Moving => {
  const [a, b, c, d] = random.split(random.key(seed), 4) as [random.Key, random.Key, random.Key, random.Key];
  return {
    point: pointAt(bent)([random.normal(a, [2]), random.normal(b, [])]),
    momentum: [random.normal(c, [2]), random.normal(d, [])],
  };
};

const phase = ({ point, momentum }: Moving): readonly number[] =>
  valuesOfEach([...point.position, ...momentum]).flat();

/** Gaussian elimination without pivots, in doubles. */
const determinant = (rows: readonly (readonly number[])[]): number => {
  const [first, ...others] = rows;
  if (first === undefined) return 1;
  const below = others.map((row) => row.slice(1).map((x, i) => x - (row[0]! / first[0]!) * first[i + 1]!));
  return first[0]! * determinant(below);
};

describeOnBackends('leapfrog', () => {
  const drawn = fc.record({
    seed: fc.integer({ min: 0, max: 10_000 }),
    steps: fc.integer({ min: 1, max: 8 }),
    stepSize: fc.double({ min: 0.01, max: 0.3, noNaN: true }),
  });

  it('leads back to its start when the momentum is reversed', () => {
    fc.assert(
      fc.property(drawn, ({ seed, steps, stepSize }) => {
        tf.tidy(() => {
          const start = startAt(seed);
          const move = leapfrog(bent, tf.scalar(stepSize), steps);
          const end = move(start);
          const back = move({ ...end, momentum: end.momentum.map((p) => tf.neg(p)) });
          expect(Math.hypot(...phase(end).map((x, i) => x - phase(start)[i]!))).toBeGreaterThan(1e-3);
          expectNumbers(
            phase({ ...back, momentum: back.momentum.map((p) => tf.neg(p)) }),
            phase(start),
            2e-5,
          );
        });
      }),
      { numRuns: runs(10) },
    );
  });

  it('keeps the volume of phase space: its Jacobian has determinant 1', () => {
    tf.tidy(() => {
      const start = startAt(3);
      const move = leapfrog(bent, tf.scalar(0.2), 3);
      const at = (numbers: readonly number[]) =>
        phase(
          move({
            point: pointAt(bent)([tf.tensor1d(numbers.slice(0, 2)), tf.scalar(numbers[2]!)]),
            momentum: [tf.tensor1d(numbers.slice(3, 5)), tf.scalar(numbers[5]!)],
          }),
        );
      const here = phase(start);
      const step = 1e-2;
      const jacobian = here.map((_, i) => {
        const moved = (by: number) => at(here.map((x, j) => (j === i ? x + by : x)));
        const [up, down] = [moved(step), moved(-step)];
        return up.map((x, j) => (x - down[j]!) / (2 * step));
      });
      expect(Math.abs(determinant(jacobian) - 1)).toBeLessThan(2e-3);
    });
  });

  it('loses energy with the square of the step size', () => {
    tf.tidy(() => {
      const start = startAt(5);
      const energy = ({ point, momentum }: Moving) =>
        valuesOfEach([point.logDensity, ...momentum]).reduce(
          (sum, each, i) => sum + (i === 0 ? each[0]! : -0.5 * each.reduce((a, p) => a + p * p, 0)),
          0,
        );
      const lost = (stepSize: number, steps: number) =>
        Math.abs(energy(leapfrog(bent, tf.scalar(stepSize), steps)(start)) - energy(start));
      const ratio = lost(0.2, 5) / lost(0.1, 10);
      expect(ratio).toBeGreaterThan(2.5);
      expect(ratio).toBeLessThan(6);
    });
  });
});

describeOnBackends('transition', () => {
  const normal: LogDensity = ([x]) => tf.mul(-0.5, tf.sum(tf.square(x!)));
  const trajectory = { leapfrogSteps: 3, jitter: 0 };

  it('stays where it is and counts as divergent when the trajectory leaves all numbers', () => {
    tf.tidy(() => {
      const steep: LogDensity = ([x]) => tf.mul(-0.25e6, tf.sum(tf.square(tf.square(x!))));
      const start = pointAt(steep)([tf.tensor1d([1, 2])]);
      const next = transition(steep, { leapfrogSteps: 6, jitter: 0 })(start, tf.scalar(10), random.key(0));
      expectNumbers(
        valuesOfEach([...next.point.position, ...next.point.gradient]).flat(),
        [1, 2, -1e6, -8e6],
      );
      expect(valuesOfEach([next.acceptance, next.divergent]).flat()).toEqual([0, 1]);
    });
  });

  it('goes almost surely to the end of an accurate trajectory', () => {
    tf.tidy(() => {
      const start = pointAt(normal)([tf.tensor1d([1, 2])]);
      const { point, acceptance, divergent } = transition(normal, trajectory)(
        start,
        tf.scalar(0.01),
        random.key(1),
      );
      const [position, rate, bad] = valuesOfEach([point.position[0]!, acceptance, divergent]);
      expect(rate![0]).toBeGreaterThan(0.999);
      expect(bad).toEqual([0]);
      expect(position).not.toEqual([1, 2]);
    });
  });

  it('leaves no tensors behind but those of its result, in a tidy', () => {
    const start = pointAt(normal)([tf.tensor1d([1, 2])]);
    expectNoLeak(() =>
      tf.tidy(() => {
        const { point, acceptance } = transition(normal, trajectory)(start, tf.scalar(0.1), random.key(1));
        return [tf.clone(point.position[0]!), acceptance];
      }),
    );
  });
});

describeOnBackends('dualAveraging', () => {
  /** A sampler that accepts less the larger its step is. */
  const acceptanceAt = (logStep: number) => Math.min(1, Math.exp(-2 * Math.exp(logStep)));

  it.each([1e-3, 0.1, 30])('finds the step size of an acceptance of 0.8 from %d', (from) => {
    tf.tidy(() => {
      const update = dualAveraging(from, 0.8);
      const last = Array.from({ length: 300 }).reduce<ReturnType<typeof startAveraging>>((known, _, i) => {
        const next = update(known, tf.scalar(acceptanceAt(take(tf.clone(known.logStep))[0]!)), i);
        return next;
      }, startAveraging(from));
      expect(Math.abs(acceptanceAt(take(last.logAverage)[0]!) - 0.8)).toBeLessThan(0.03);
    });
  });
});

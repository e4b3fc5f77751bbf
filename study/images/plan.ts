import { type Planned, task } from '../planned.ts';
import type { Dataset, Sizes } from './data.ts';
import { images } from './jobs.ts';
import { type Length, type MethodName, methods } from './methods.ts';

export const SEEDS = 3;

interface Scale {
  readonly sizes: Sizes;
  readonly length: Length;
}

const scales: Readonly<Record<'full' | 'quick', Scale>> = {
  full: {
    sizes: { train: 60_000, held: 5000, test: 10_000, rotated: 1000 },
    length: { epochs: 12, size: 128 },
  },
  quick: { sizes: { train: 400, held: 100, test: 200, rotated: 20 }, length: { epochs: 1, size: 100 } },
};

const names = Object.keys(methods) as readonly MethodName[];
const datasets: readonly Dataset[] = ['fashion', 'mnist'];

/** All rows, from the quickest method to the slowest; with `quick`, one data set and one seed. */
export const planImages = (quick: boolean): readonly Planned[] => {
  const { sizes, length } = scales[quick ? 'quick' : 'full'];
  const seeds = Array.from({ length: quick ? 1 : SEEDS }, (_, seed) => seed);
  return seeds.flatMap((seed) =>
    names.flatMap((method) =>
      (quick ? datasets.slice(1) : datasets).map(
        (dataset): Planned => ({
          id: `images/${dataset}/${method}/${seed}`,
          label: {
            ...{ experiment: 'images', dataset, network: 'LeNet-5', method, seed },
            epochs: length.epochs,
          },
          task: () => task(images, { dataset, method, sizes, length }),
        }),
      ),
    ),
  );
};

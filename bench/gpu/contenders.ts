import type * as tf from '@tensorflow/tfjs-core';
import type { Contender, Run } from '../contender.ts';
import { convolutionalTraining } from '../convolutions.ts';
import { encoderTraining } from '../encoder/ours.ts';
import { sequences } from '../encoder/problem.ts';
import { stockEncoderTraining } from '../encoder/stock.ts';
import { type Rows, sampledTraining, type Training } from '../ours.ts';
import { figureOne, makeBatch, type Problem } from '../problem.ts';
import { stockConvolutionalTraining } from '../stock/convolutions.ts';
import { stockTraining } from '../stock/runs.ts';

/** Steps in a row, of which the last waits for all. */
const STEPS = 5;

/** A run of steps whose losses are not read until the last. */
const readLate =
  (step: () => tf.Tensor): Run =>
  async (last = true) => {
    const loss = step();
    try {
      if (last && !Number.isFinite((await loss.data())[0])) throw new Error('the loss is not finite');
    } finally {
      loss.dispose();
    }
  };

interface Work {
  readonly group: string;
  /** Rows of all samples together that fit into buffers of 2 GiB each and some dozens of them into a GPU. */
  readonly most: number;
  readonly makeBatch: (problem: Problem) => Rows;
  readonly ours: (problem: Problem) => Training;
  readonly stock: (problem: Problem) => () => tf.Tensor;
}

const works: readonly Work[] = [
  { group: 'step', most: 409_600, makeBatch, ours: sampledTraining, stock: stockTraining('sampled') },
  {
    ...{ group: 'conv', most: 20_480, makeBatch },
    ...{ ours: convolutionalTraining, stock: stockConvolutionalTraining },
  },
  {
    ...{ group: 'encoder', most: 40_960, makeBatch: sequences },
    ...{ ours: encoderTraining, stock: stockEncoderTraining },
  },
];

const pair = (
  { group, most, makeBatch: makeRows, ours, stock }: Work,
  { batch: rows, samples }: Pick<Problem, 'batch' | 'samples'>,
): readonly Contender[] => {
  const name = `${group}-${rows}-${samples}`;
  const problem = { ...figureOne, batch: rows, samples, chunk: Math.min(samples, Math.floor(most / rows)) };
  return [
    {
      name: `${name}/ours`,
      kernels: true,
      repeats: STEPS,
      start: () => {
        const batch = makeRows(problem);
        const { advance } = ours(problem);
        return readLate(() => advance(batch));
      },
    },
    { name: `${name}/stock`, kernels: false, repeats: STEPS, start: () => readLate(stock(problem)) },
  ];
};

/** All that a run on webgpu measures: training steps, each group named after its batch and its samples. */
export const gpuContenders: readonly Contender[] = works.flatMap((work) =>
  [64, 512, 4096].flatMap((batch) => [10, 100].flatMap((samples) => pair(work, { batch, samples }))),
);

import * as tf from '@tensorflow/tfjs-core';
import { tree, useKernels } from 'tfjs-bayesian';
import { loadDigits } from '../examples/mnist/data.ts';
import { unit } from './contenders.ts';
import { closedTraining, type Rows, sampledTraining } from './ours.ts';
import { figureOne } from './problem.ts';
import { blocks, denormals, median, minimum } from './statistics.ts';
import { table } from './table.ts';

/** Some consecutive steps of a long training. */
export interface Block {
  readonly from: number;
  readonly to: number;
  readonly median: number;
  readonly minimum: number;
  /** The median in units, which are measured in between; what else the machine did is in both. */
  readonly units: number;
  readonly loss: number;
  /** Denormal numbers among parameters and the optimizer's state after the block. */
  readonly denormals: number;
  readonly tensors: number;
}

/** Digits, since it is pixels that are 0 in every image whose weights shrink for ever. */
const DIGITS = 6400;

const makeBatches = (): readonly Rows[] => {
  const { images, labels } = loadDigits('train', DIGITS);
  const { batch } = figureOne;
  const made = Array.from({ length: DIGITS / batch }, (_, index) => ({
    inputs: tf.slice(images, [index * batch, 0], [batch, -1]),
    targets: tf.slice(labels, index * batch, batch),
  }));
  tree.dispose([images, labels]);
  return made;
};

/** Milliseconds of one unit. */
const unitTimer = async (): Promise<() => number> => {
  useKernels(unit.kernels);
  const run = await unit.start();
  run();
  useKernels(true);
  const repeats = unit.repeats ?? 1;
  return () => {
    useKernels(unit.kernels);
    const began = performance.now();
    for (let count = 0; count < repeats; count++) run();
    const time = (performance.now() - began) / repeats;
    useKernels(true);
    return time;
  };
};

/** How often in a block the unit is measured. */
const LOOKS = 10;

/** The time of each of many steps, in ten blocks. */
export const flatness = async (
  kind: 'sampled' | 'closed',
  steps: number,
  onProgress: (text: string) => void,
): Promise<readonly Block[]> => {
  const timeUnit = await unitTimer();
  const batches = makeBatches();
  const { step, state } = (kind === 'sampled' ? sampledTraining : closedTraining)(figureOne);
  return blocks(steps, 10).map(([from, to]) => {
    onProgress(`steps ${from} to ${to}`);
    let loss = Number.NaN;
    const every = Math.ceil((to - from) / LOOKS);
    const unitTimes: number[] = [];
    const times = Array.from({ length: to - from }, (_, index) => {
      if (index % every === 0) unitTimes.push(timeUnit());
      const began = performance.now();
      loss = step(batches[(from + index) % batches.length] as Rows);
      return performance.now() - began;
    });
    const found = tree.leaves(state()).reduce((sum, x) => sum + denormals(x.dataSync()), 0);
    const { numTensors } = tf.memory();
    return {
      from,
      to,
      median: median(times),
      minimum: minimum(times),
      units: median(times) / median(unitTimes),
      loss,
      denormals: found,
      tensors: numTensors,
    };
  });
};

/** The blocks as a table. */
export const flatTable = (found: readonly Block[]): string =>
  table(
    ['steps', 'median ms', 'min ms', 'units', 'x first', 'loss', 'denormals', 'tensors'],
    found.map((block) => [
      `${block.from} to ${block.to}`,
      block.median.toFixed(1),
      block.minimum.toFixed(1),
      block.units.toFixed(1),
      (block.units / (found[0]?.units ?? Number.NaN)).toFixed(2),
      block.loss.toExponential(3),
      String(block.denormals),
      String(block.tensors),
    ]),
  );

import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { AxisRun } from '../axisRuns.ts';
import { eachNumber, floats, integers } from './program.ts';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** The length of a sum that one thread computes without much waste. */
const alone = 64;

/** Threads that keep a GPU busy. */
const busyThreads = 16_384;

/** The longest sum that tfjs's workgroup computes without losing digits. */
const longest = 65_536;

/** The number of parts that each sum is split into, to use enough threads. */
const partCount = ({ before, count, after }: AxisRun): number =>
  count <= alone
    ? 1
    : Math.min(Math.ceil(count / (alone / 2)), Math.max(1, Math.ceil(busyThreads / (before * after))));

/**
 * The sums of a run of numbers, divided by a number: `[before, after]` as a flat array. The threads of a sum take
 * strided elements, so that adjacent threads read adjacent elements. Where sums are few and long, parts of them are
 * summed first. `x` is not disposed.
 */
export const reduceSum = (backend: WebgpuBackend, x: TensorInfo, run: AxisRun, divisor = 1): TensorInfo => {
  const { before, count, after } = run;
  const parts = partCount(run);
  const sums = eachNumber(backend, {
    name: 'sums',
    inputs: { numbers: x },
    uniforms: {
      ...integers({ width: count * after, stride: parts * after }),
      ...floats({ divisor: parts === 1 ? divisor : 1 }),
    },
    shape: [before * parts * after],
    body: `
let row = index / uniforms.stride;
var sum = 0.0;
var most = 0.0;
var blocks = 0;
var at = index - row * uniforms.stride;
while (at < uniforms.width) {
  // In blocks of blocks, which add up with less rounding than all numbers one after the other.
  var block = 0.0;
  for (var i = 0; i < ${alone / 8} && at < uniforms.width; i = i + 1) {
    var few = 0.0;
    for (var j = 0; j < 8 && at < uniforms.width; j = j + 1) {
      few = few + numbers[row * uniforms.width + at];
      at = at + uniforms.stride;
    }
    block = block + few;
  }
  sum = sum + block;
  blocks = blocks + 1;
  if (blocks % ${alone} == 0) {
    most = most + sum;
    sum = 0.0;
  }
}
setOutputAtIndex(index, (most + sum) / uniforms.divisor);`,
  });
  if (parts === 1) return sums;
  const whole = reduceSum(backend, sums, { before, count: parts, after }, divisor);
  backend.disposeData(sums.dataId);
  return whole;
};

/** Whether that is faster than tfjs's program: one workgroup for each sum of contiguous elements. */
export const reducesWell = ({ before, count, after }: AxisRun): boolean =>
  after > 1 || count <= alone || count > longest || before < busyThreads / 4;

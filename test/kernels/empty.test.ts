import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeOnBackends, kernels, start } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

type F = (x: tf.Tensor) => tf.Tensor | readonly tf.Tensor[];

const as4 = (x: tf.Tensor): tf.Tensor4D => tf.reshape(x, [x.shape[0]!, x.shape[1] ?? 1, 1, 1]);
const none = (shape: number[], dtype: tf.DataType = 'int32'): tf.Tensor => tf.zeros(shape, dtype);
const each = <T>(x: tf.Tensor, item: T): T[] => x.shape.map(() => item);

/** What is done with tensors that have no numbers, or with numbers and such a tensor. */
const operations: Readonly<Record<string, F>> = {
  add: (x) => tf.add(x, x),
  'add a scalar': (x) => tf.add(x, tf.scalar(1, x.dtype as 'int32')),
  less: (x) => tf.less(x, x),
  where: (x) => tf.where(none(x.shape, 'bool'), x, x),
  concat: (x) => tf.concat([x, x]),
  'concat with numbers': (x) => tf.concat([x, tf.ones([1, ...x.shape.slice(1)], x.dtype as 'int32')]),
  stack: (x) => tf.stack([x, x]),
  pad: (x) => tf.pad(x, each<[number, number]>(x, [1, 1]), 1),
  tile: (x) => tf.tile(x, each(x, 2)),
  slice: (x) => tf.slice(x, each(x, 0), x.shape),
  reverse: (x) => tf.reverse(x),
  transpose: (x) => tf.transpose(x),
  broadcastTo: (x) => tf.broadcastTo(x, [2, ...x.shape]),
  sum: (x) => [tf.sum(x), tf.sum(x, 0), tf.sum(x, -1, true)],
  mean: (x) => [tf.mean(x), tf.mean(x, 0), tf.mean(x, -1, true)],
  max: (x) => [tf.max(x), tf.max(x, 0)],
  prod: (x) => [tf.prod(x), tf.prod(x, 0)],
  any: (x) => tf.any(tf.cast(x, 'bool')),
  cumsum: (x) => tf.cumsum(x, -1),
  argMax: (x) => tf.argMax(x, -1),
  norm: (x) => tf.norm(tf.cast(x, 'float32')),
  softmax: (x) => tf.softmax(tf.cast(x, 'float32')),
  logSoftmax: (x) => tf.logSoftmax(tf.cast(x, 'float32')),
  logSumExp: (x) => tf.logSumExp(tf.cast(x, 'float32'), -1),
  moments: (x) => tf.moments(x, -1).variance,
  'mean squared error': (x) => tf.losses.meanSquaredError(x, x),
  bincount: (x) => tf.bincount(tf.reshape(tf.cast(x, 'int32'), [0]) as tf.Tensor1D, tf.tensor1d([]), 3),
  'bincount with weights': (x) => tf.bincount(none([0]) as tf.Tensor1D, tf.reshape(x, [0]) as tf.Tensor1D, 3),
  denseBincount: (x) =>
    tf.denseBincount(
      none([2, 0]) as tf.Tensor2D,
      tf.cast(tf.zeros([0]), x.dtype) as unknown as tf.Tensor2D,
      3,
    ),
  oneHot: (x) => tf.oneHot(tf.cast(x, 'int32'), 3),
  gather: (x) => tf.gather(x, none([0]) as tf.Tensor1D),
  'gather from numbers': (x) => tf.gather(tf.ones([3], x.dtype as 'int32'), none([2, 0]) as tf.Tensor2D),
  gatherND: (x) => tf.gatherND(tf.ones([3], x.dtype as 'int32'), none([0, 1])),
  scatterND: (x) => tf.scatterND(none([x.shape[0]!, 1]), x, [4, ...x.shape.slice(1)]),
  tensorScatterUpdate: (x) =>
    tf.tensorScatterUpdate(tf.ones([4, ...x.shape.slice(1)], x.dtype as 'int32'), none([x.shape[0]!, 1]), x),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x, none([x.shape[0]!]) as tf.Tensor1D, 2),
  'einsum, all summed': (x) => tf.einsum(x.rank === 1 ? 'i,i->' : 'ij,ij->', x, x),
  'einsum, one axis summed': (x) => tf.einsum(x.rank === 1 ? 'i,i->i' : 'ij,ij->j', x, x),
  cropAndResize: (x) =>
    tf.image.cropAndResize(as4(x), none([0, 4], 'float32') as tf.Tensor2D, none([0]) as tf.Tensor1D, [2, 2]),
  unique: (x) => tf.reshape(x, [0]),
};

const skipped = (backend: string, name: string): boolean => backend === 'wasm' && /^einsum/.test(name);

const tidied = <T>(f: () => T): T => {
  tf.engine().startScope();
  try {
    return f();
  } finally {
    tf.engine().endScope();
  }
};

describeOnBackends('operations on tensors without numbers', (backend) => {
  const here = Object.entries(operations).filter(([name]) => !skipped(backend, name));

  it.skipIf(!kernels).each(here)('%s is what it is on cpu', async (_, f) => {
    const read = () =>
      [[0], [0, 3], [2, 0]].map((shape) =>
        (['float32', 'int32'] as const).map((dtype) =>
          tidied(() =>
            [f(tf.zeros(shape, dtype))]
              .flat()
              .map((y) => ({ ...{ shape: y.shape, dtype: y.dtype }, values: values(y) })),
          ),
        ),
      );
    await start('cpu');
    const expected = read();
    await start(backend);
    expect(read()).toEqual(expected);
  });
});

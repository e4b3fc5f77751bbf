import { allBackends } from '../backend.ts';
import type { Topic } from '../row.ts';

const sums = 'test/kernels/reductions.test.ts';
const big = { webgpu: 'a software GPU has too little memory' };

/** Sums and means, long and empty ones. */
export const reductions: Topic = {
  title: 'Sums and means',
  text: 'On wasm a reduction uses a single float32 accumulator: after 2^24 ones, adding another one changes nothing.',
  rows: [
    {
      operation: '`mean(ones([2 ** 25]))`',
      run: (tf) => tf.mean(tf.ones([2 ** 25])),
      gives: { wasm: [0.5] },
      right: [1],
      fixed: allBackends,
      test: sums,
      without: big,
    },
    {
      operation: '`mean(fill([1e6], 1.1))`',
      run: (tf) => tf.mean(tf.fill([1e6], 1.1)),
      gives: { wasm: [1.11092], webgpu: [1.10004] },
      right: [1.1],
      fixed: allBackends,
      test: sums,
    },
    {
      operation: '`sum(fill([1e7], 0.1))`',
      run: (tf) => tf.sum(tf.fill([1e7], 0.1)),
      gives: { wasm: [1087937], webgpu: [1000370] },
      right: [1e6],
      fixed: allBackends,
      test: sums,
    },
    {
      operation: '`sum(fill([1e6, 2], 0.1), 0)`',
      run: (tf) => tf.sum(tf.fill([1e6, 2], 0.1), 0),
      gives: { wasm: [100958.34, 100958.34], webgpu: [100004, 100004] },
      right: [1e5, 1e5],
      fixed: allBackends,
      test: sums,
    },
    {
      operation: 'the variance from `moments` of 1e5 numbers, uniform in `[4096, 4097)`',
      run: (tf) => tf.moments(tf.add(tf.randomUniform([1e5], 0, 1, 'float32', 1), 4096)).variance,
      gives: { wasm: [0.31234] },
      right: [0.0824875],
      fixed: allBackends,
      test: sums,
    },
    {
      operation: '`mean(zeros([0]))`',
      run: (tf) => tf.mean(tf.zeros([0])),
      gives: { cpu: [0], webgpu: 'no overload matched' },
      right: [Number.NaN],
      because: 'as in NumPy, PyTorch and JAX; wasm reads uninitialised memory',
      fixed: allBackends,
      test: sums,
      without: { wasm: 'the values it reads vary between runs' },
    },
    {
      operation: "`sum(zeros([0], 'int32'))`",
      run: (tf) => tf.sum(tf.zeros([0], 'int32')),
      gives: { webgpu: 'no overload matched' },
      right: [0],
      because: 'wasm leaves the result uninitialised',
      fixed: allBackends,
      test: 'test/kernels/empty.test.ts',
      without: { wasm: 'the values it reads vary between runs' },
    },
    {
      operation: '`max`, `min` and `prod` of an empty tensor',
      run: (tf) => [tf.max(tf.zeros([0])), tf.min(tf.zeros([0])), tf.prod(tf.zeros([0]))],
      gives: { webgpu: 'no overload matched' },
      right: [Number.NaN, Number.NaN, 1],
      because: 'NumPy and PyTorch throw for the first two; wasm reads uninitialised memory',
      fixed: allBackends,
      test: 'test/kernels/reductions.test.ts',
      without: { wasm: 'the values it reads vary between runs' },
    },
    {
      operation: '`dot` of 1e7 times 0.1 and 1',
      run: (tf) => tf.dot(tf.fill([1e7], 0.1), tf.ones([1e7])),
      gives: { cpu: [1001800.6], wasm: [1087937] },
      right: [1e6],
      because: 'cpu adds blocks of 48 in float32',
      fixed: allBackends,
      test: sums,

      without: { webgpu: 'a software GPU takes too long' },
    },
    {
      operation: '`unsortedSegmentSum` of 1e6 times 0.1 into one segment',
      run: (tf) => tf.unsortedSegmentSum(tf.fill([1e6], 0.1), tf.zeros([1e6], 'int32'), 1),
      gives: { wasm: "Kernel 'UnsortedSegmentSum' not registered", webgpu: [100958.34] },
      right: [1e5],
      fixed: allBackends,
      test: sums,
      tolerance: 1e-3,
    },
    {
      operation: '`logSumExp` of two `-Infinity`',
      run: (tf) => tf.logSumExp(tf.tensor1d([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])),
      gives: { cpu: [Number.NaN], wasm: [Number.NaN] },
      right: [Number.NEGATIVE_INFINITY],
      because: 'as in PyTorch and JAX',
      instead: 'the library uses its own sum internally',
      without: {
        webgpu: 'the result is NaN too, or -Infinity on a device whose exponential of NaN is not NaN',
      },
    },
  ],
};

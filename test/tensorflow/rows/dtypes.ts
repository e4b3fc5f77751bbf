import { allBackends } from '../backend.ts';
import type { Topic } from '../row.ts';

const everywhere = <T>(outcome: T) => ({ cpu: outcome, wasm: outcome, webgpu: outcome });
const test = 'test/kernels/inputDtypes.test.ts';

/** What becomes of integers and booleans. */
export const dtypes: Topic = {
  title: 'Integers and booleans',
  text: 'Labels, masks and pixels are integers and booleans. Where they meet floats, or an operation that is meant for floats, TensorFlow.js does not always convert them.',
  rows: [
    {
      operation: '`where` of the int32 numbers 1 and 2 and the floats 0.5 and 0.5',
      run: (tf) =>
        tf.where(tf.tensor1d([true, false]), tf.tensor1d([1, 2], 'int32'), tf.tensor1d([0.5, 0.5])),
      gives: { wasm: [1, 1056964608] },
      right: [1, 0.5],
      because: 'wasm reads the bits of the second as the dtype of the first',
      fixed: allBackends,
      test,
    },
    {
      operation: '`concat` of the int32 number 1 and the float 0.5',
      run: (tf) => tf.concat([tf.tensor1d([1], 'int32'), tf.tensor1d([0.5])]),
      gives: everywhere([1, 0]),
      right: [1, 0.5],
      because: 'as in NumPy, PyTorch and JAX; the result has the dtype of the first',
      fixed: allBackends,
      test,
    },
    {
      operation: '`einsum` of the float 0.5 and the int32 number 3',
      run: (tf) => tf.einsum('i,i->', tf.tensor1d([0.5]), tf.tensor1d([3], 'int32')),
      gives: { cpu: [1], wasm: "Kernel 'Einsum' not registered" },
      right: [1.5],
      fixed: ['cpu'],
      test,
    },
    {
      operation: '`atan2` of the int32 numbers 1 and 1',
      run: (tf) => tf.atan2(tf.tensor1d([1], 'int32'), tf.tensor1d([1], 'int32')),
      gives: everywhere([0]),
      right: [Math.PI / 4],
      because: 'the result is truncated to integers',
      fixed: allBackends,
      test,
    },
    {
      operation: '`batchNorm` of the int32 numbers 1 and 2, mean 0, variance 4',
      run: (tf) =>
        tf.batchNorm(
          tf.tensor2d([[1], [2]], [2, 1], 'int32'),
          tf.tensor1d([0]),
          tf.tensor1d([4]),
          tf.tensor1d([0]),
          tf.tensor1d([1]),
          0,
        ),
      gives: { cpu: [0, 1], wasm: [0, 1], webgpu: [0, 1] },
      right: [0.5, 1],
      because: 'cpu and webgpu truncate the result; wasm reads the bits of the integers as floats',
      fixed: allBackends,
      test,
    },
    {
      operation: '`unsortedSegmentSum` of the int32 numbers 1 and 2 into one segment',
      run: (tf) => tf.unsortedSegmentSum(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([0, 0], 'int32'), 1),
      gives: { wasm: "Kernel 'UnsortedSegmentSum' not registered" },
      right: [3],
      because: 'webgpu adds the bits of floats',
      fixed: allBackends,
      test,
      without: { webgpu: 'its results vary between runs' },
    },
    {
      operation: '`neg` and `topk` of booleans, 1 and 0',
      run: (tf) => [
        tf.neg(tf.tensor1d([true, false], 'bool')),
        tf.topk(tf.tensor1d([true, false], 'bool'), 1).values,
      ],
      gives: {},
      right: [1, 0, 1],
      because: 'wasm prints “unknown dtype” and leaves the result uninitialised',
      fixed: allBackends,
      test,
      without: { wasm: 'its results vary between runs' },
    },
    {
      operation: '`scatterND` of booleans',
      run: (tf) =>
        tf.scatterND(tf.tensor2d([[1], [0]], [2, 1], 'int32'), tf.tensor1d([true, false], 'bool'), [2]),
      gives: {},
      right: [0, 1],
      because: 'webgpu has a program that does not compile: the device reports it, and the result is 0',
      fixed: allBackends,
      test,
      without: { webgpu: 'its device reports an error' },
    },
    {
      operation: '`add` of two booleans, true and true',
      run: (tf) => tf.add(tf.tensor1d([true], 'bool'), tf.tensor1d([true], 'bool')),
      gives: { cpu: [2], webgpu: [2] },
      right: [1],
      because: 'as in NumPy, PyTorch and JAX: true',
      instead: 'cast to int32 to count',
    },
    {
      operation: '`div` of the int32 numbers 7 and -7 by 2',
      run: (tf) => tf.div(tf.tensor1d([7, -7], 'int32'), tf.scalar(2, 'int32')),
      gives: everywhere([3, -4]),
      right: 'Python, NumPy and JAX give 3.5 and -3.5: cast to float32 first',
    },
    {
      operation: '`div` of an int32 by 0',
      run: (tf) => tf.div(tf.tensor1d([7], 'int32'), tf.scalar(0, 'int32')),
      gives: { cpu: [0], wasm: [-2147483648], webgpu: [0] },
      right: 'undefined',
    },
    {
      operation: '`pow` of the int32 numbers 5 and 2',
      run: (tf) => tf.pow(tf.tensor1d([5], 'int32'), tf.tensor1d([2], 'int32')),
      gives: { webgpu: [24] },
      right: [25],
      because: 'a power in floats, a little less than 25, is truncated',
      fixed: allBackends,
      test: 'test/kernels/elementwise.test.ts',
    },
    {
      operation: '`abs` and `reverse` of the int32 number 16777217',
      run: (tf) => {
        const x = tf.tensor1d([16_777_217], 'int32');
        return [tf.abs(x), tf.reverse(x)];
      },
      gives: {
        cpu: [16_777_216, 16_777_217],
        wasm: [16_777_216, 16_777_217],
        webgpu: [16_777_216, 16_777_216],
      },
      right: [16_777_217, 16_777_217],
      because:
        'above 2^24 integers lose digits where kernels pass them through floats: on webgpu in most, on cpu and wasm in `abs`, on cpu in `square`, on wasm in `neg` and `floorDiv`',
      tolerance: 0,
    },
    {
      operation: '`pow` of the int32 numbers 2 and -1',
      run: (tf) => tf.pow(tf.tensor1d([2], 'int32'), tf.tensor1d([-1], 'int32')),
      gives: everywhere([0]),
      right: 'NumPy throws; for floats it is 0.5',
    },
    {
      operation: '`stridedSlice` of int32 numbers, every second of `[1, 2, 3, 4]`',
      run: (tf) => tf.stridedSlice(tf.tensor1d([1, 2, 3, 4], 'int32'), [0], [4], [2]),
      gives: { wasm: [1.401298e-45, 4.203895e-45] },
      right: [1, 3],
      because: 'wasm reads the bits as floats',
      fixed: allBackends,
      test: 'test/kernels/wasm',
    },
    {
      operation: '`clipByValue` of the int32 numbers 1, -2 and 7 between 0 and 5',
      run: (tf) => tf.clipByValue(tf.tensor1d([1, -2, 7], 'int32'), 0, 5),
      gives: { wasm: [1, 0, 7] },
      right: [1, 0, 5],
      because: 'wasm compares the bits as floats',
      fixed: allBackends,
      test: 'test/kernels/wasm/bounds.test.ts',
    },
    {
      operation: '`log1p` of the int32 numbers 0, 1 and 2',
      run: (tf) => tf.log1p(tf.tensor1d([0, 1, 2], 'int32')),
      gives: { cpu: [0, 0, 1], webgpu: [0, 0, 1] },
      right: [0, Math.LN2, Math.log(3)],
      because:
        'the result is truncated to integers, as for `acosh`, `expm1`, `softplus` and others; wasm leaves it uninitialised',
      fixed: allBackends,
      test: 'test/kernels/inputDtypes.test.ts',
      without: { wasm: 'its results vary between runs' },
    },
    {
      operation: "`oneHot` of 0 and 1 with the dtype `'float32'`",
      run: (tf) => tf.oneHot(tf.tensor1d([0, 1], 'int32'), 2, 1, 0, 'float32'),
      gives: { wasm: [1.401298e-45, 0, 0, 1.401298e-45] },
      right: [1, 0, 0, 1],
      because: 'wasm writes integers',
      fixed: allBackends,
      test: 'test/kernels/wasm/fixes.test.ts',
    },
  ],
};

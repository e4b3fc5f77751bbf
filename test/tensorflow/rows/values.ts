import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { allBackends } from '../backend.ts';
import type { Topic } from '../row.ts';

const nan = Number.NaN;
const everywhere = <T>(outcome: T) => ({ cpu: outcome, wasm: outcome, webgpu: outcome });

/** What NaN becomes. */
export const notANumber: Topic = {
  title: 'NaN',
  text: 'A loss of NaN is how you notice that training failed. These operations hide it.',
  rows: [
    {
      operation: '`relu6(NaN)`',
      run: (tf) => tf.relu6(tf.tensor1d([nan])),
      gives: { wasm: [0], webgpu: [0] },
      right: [nan],
      because: 'WGSL lets a GPU assume that no number is NaN',
      fixed: allBackends,
      test: 'test/kernels/wasm/bounds.test.ts',
    },
    {
      operation: '`maximum([NaN, 1], [1, NaN])` and `minimum` of the same',
      run: (tf) => [
        tf.maximum(tf.tensor1d([nan, 1]), tf.tensor1d([1, nan])),
        tf.minimum(tf.tensor1d([nan, 1]), tf.tensor1d([1, nan])),
      ],
      gives: { wasm: [nan, 1, nan, 1] },
      right: [nan, nan, nan, nan],
      because: 'as in PyTorch, JAX and NumPy',
      fixed: allBackends,
      test: 'test/kernels/wasm/bounds.test.ts',
    },
    {
      operation: '`clipByValue(NaN, 0, 1)`',
      run: (tf) => tf.clipByValue(tf.tensor1d([nan]), 0, 1),
      gives: { wasm: [0] },
      right: [nan],
      fixed: allBackends,
      test: 'test/kernels/wasm/bounds.test.ts',
    },
    {
      operation:
        '`relu` of a NaN with the sign bit, as a processor of x86-64 computes it from `Infinity - Infinity`',
      run: (tf) => tf.relu(tf.tensor1d(new Float32Array(Uint32Array.of(0xffc00000).buffer))),
      gives: { wasm: [0] },
      right: [nan],
      because:
        'it compares numbers as integers; that of a NaN without the sign bit, such as `NaN` in JavaScript, is NaN',
      fixed: allBackends,
      test: 'test/kernels/wasm/nan.test.ts',
    },
    {
      operation: '`avgPool` of 2x2 numbers, one of them NaN',
      run: (tf) => tf.avgPool(tf.tensor4d([1, nan, 2, 3], [1, 2, 2, 1]), 2, 1, 'valid'),
      gives: { wasm: [-Infinity] },
      right: [nan],
      fixed: allBackends,
      test: 'test/kernels/wasm/nan.test.ts',
    },
    {
      operation: '`depthwiseConv2d`, and `conv2d` from one channel to one, of NaN with a filter of 1x1',
      run: (tf) =>
        [tf.depthwiseConv2d, tf.conv2d].map((convolve) =>
          convolve(tf.fill([1, 1, 1, 1], nan) as Tensor4D, tf.ones([1, 1, 1, 1]) as Tensor4D, 1, 'valid'),
        ),
      gives: { wasm: [-Infinity, -Infinity] },
      right: [nan, nan],
      fixed: allBackends,
      test: 'test/kernels/wasm/nan.test.ts',
    },
    {
      operation: '`fused.conv2d` and `fused.matMul` of NaN with `relu6`',
      run: (tf) => [
        tf.fused.conv2d({
          ...{ x: tf.fill([1, 2, 2, 1], nan) as Tensor4D, filter: tf.ones([2, 2, 1, 1]) as Tensor4D },
          ...{ strides: 1, pad: 'valid', activation: 'relu6' },
        }),
        tf.fused.matMul({ a: tf.fill([1, 2], nan), b: tf.ones([2, 1]), activation: 'relu6' }),
      ],
      gives: { wasm: [0, 0], webgpu: [0, 0] },
      right: [nan, nan],
      fixed: allBackends,
      test: 'test/kernels/wasm/nan.test.ts',
    },
    {
      operation: '`sigmoid(NaN)`',
      run: (tf) => tf.sigmoid(tf.tensor1d([nan])),
      gives: { webgpu: [0] },
      right: [nan],
      fixed: allBackends,
      test: 'test/kernels/webgpu/defects.test.ts',
    },
    {
      operation: '`exp(NaN)`, `elu(NaN)` and `softplus(NaN)`',
      run: (tf) => [tf.exp, tf.elu, tf.softplus].map((f) => tf.slice(f(tf.fill([1200], nan)), 0, 1)),
      gives: { webgpu: [Infinity, Infinity, Infinity] },
      right: [nan, nan, nan],
      because: 'on some devices: a driver may assume that no number is NaN',
      fixed: allBackends,
      test: 'test/kernels/webgpu/defects.test.ts',
    },
    {
      operation: '`sign(NaN)`',
      run: (tf) => tf.sign(tf.tensor1d([nan])),
      gives: everywhere([0]),
      right: 'NumPy and JAX give NaN, PyTorch 0',
    },
    {
      operation: '`argMax([1, NaN, 2])`',
      run: (tf) => tf.argMax(tf.tensor1d([1, nan, 2])),
      gives: everywhere([2]),
      right: 'NumPy, PyTorch and JAX give 1, the index of the NaN',
      instead: '`accuracy` throws for NaN',
    },
    {
      operation: '`maxPool` of 2x2 numbers, one of them NaN',
      run: (tf) => tf.maxPool(tf.tensor4d([1, nan, 2, 3], [1, 2, 2, 1]), 2, 1, 'valid'),
      gives: { cpu: [3], wasm: [3] },
      right: [nan],
      because: 'as in PyTorch and JAX',
    },
    {
      operation: '`cast([0.5, NaN, 0], bool)`',
      run: (tf) => tf.cast(tf.tensor1d([0.5, nan, 0]), 'bool'),
      gives: { wasm: [0, 0, 0] },
      right: [1, 1, 0],
      because: 'everything except 0 is true',
      fixed: allBackends,
    },
    {
      operation: '`isNaN` of the int32 numbers -1 and 1',
      run: (tf) => tf.isNaN(tf.tensor1d([-1, 1], 'int32')),
      gives: { wasm: [1, 0] },
      right: [0, 0],
      fixed: allBackends,
      test: 'test/kernels/wasm/fixes.test.ts',
    },
  ],
};

/** Values that differ between backends, or from other frameworks. */
export const values: Topic = {
  title: 'Values',
  text: 'Results that differ between backends, or from those of the same operation in other libraries.',
  rows: [
    {
      operation: '`floorDiv(1e10, 1)` of floats',
      run: (tf) => tf.floorDiv(tf.tensor1d([1e10]), tf.tensor1d([1])),
      gives: { cpu: [1410065408], webgpu: [1410065408] },
      right: [1e10],
      because: 'cpu and webgpu go through int32',
      instead: 'use `floor(div(a, b))`',
      without: { webgpu: 'the conversion of a float outside the range of int32 depends on the device' },
    },
    {
      operation: '`prelu` of `[[-1, -2], [-3, -4]]` with slopes `[[0.1], [1]]`',
      run: (tf) =>
        tf.prelu(
          tf.tensor2d([
            [-1, -2],
            [-3, -4],
          ]),
          tf.tensor2d([[0.1], [1]]),
        ),
      gives: { wasm: [-0.1, -2, -0.3, -4] },
      right: [-0.1, -0.2, -3, -4],
      because: 'wasm lays out the slopes along the wrong axis',
      fixed: allBackends,
      test: 'test/kernels/wasm',
    },
    {
      operation: '`fused.matMul` with a bias, batched: ones by ones, bias `[1, 2]`',
      run: (tf) =>
        tf.fused.matMul({ a: tf.ones([2, 2, 2]), b: tf.ones([2, 2, 2]) as never, bias: tf.tensor1d([1, 2]) }),
      gives: { wasm: [3, 4, 4, 4, 3, 4, 4, 4] },
      right: [3, 4, 3, 4, 3, 4, 3, 4],
      fixed: allBackends,
      test: 'test/kernels/wasm',
    },
    {
      operation: '`fused.matMul` with a bias and `transposeA`',
      run: (tf) =>
        tf.fused.matMul({
          a: tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          b: tf.eye(2),
          transposeA: true,
          bias: tf.tensor1d([1, 2]),
        }),
      gives: { wasm: [2, 5, 4, 6] },
      right: [2, 5, 3, 6],
      fixed: allBackends,
      test: 'test/kernels/wasm',
    },
    {
      operation: '`matMul` of 1, 2 `[2, 1, 1, 1]` and 1, 2, 3 `[3, 1, 1]`',
      run: (tf) =>
        tf.matMul(
          tf.tensor4d([1, 2], [2, 1, 1, 1]),
          tf.tensor3d([1, 2, 3], [3, 1, 1]) as unknown as Tensor4D,
        ),
      gives: { cpu: [1, 4, 3], wasm: [1, 4, 3], webgpu: 'must match the product of shape' },
      right: [1, 2, 3, 2, 4, 6],
      because:
        'as in NumPy, PyTorch and JAX; where both factors are broadcast, cpu and wasm take the wrong matrices, and too few',
      fixed: allBackends,
      test: 'test/ops/gradients/matMul.test.ts',
    },
    {
      operation:
        '`gather` with `batchDims: 1` of `[[1, 2], [3, 4]]` with the indices `[[0, 1, 1], [1, 0, 0]]`',
      run: (tf) =>
        tf.gather(
          tf.tensor2d([1, 2, 3, 4], [2, 2]),
          tf.tensor2d([0, 1, 1, 1, 0, 0], [2, 3], 'int32') as unknown as Tensor1D,
          1,
          1,
        ),
      gives: { wasm: [1, 2, 2, 4, 4, 3] },
      right: [1, 2, 2, 4, 3, 3],
      because: 'wasm takes indices of the row before',
      fixed: allBackends,
      test: 'test/kernels/wasm/indices.test.ts',
    },
    {
      operation: '`conv2d` of `[1, 3, 3, 1]` with a filter `[1, 2, 1, 1]` and `pad: 1`: the shape',
      run: (tf) => tf.conv2d<Tensor4D>(tf.ones([1, 3, 3, 1]), tf.ones([1, 2, 1, 1]), 1, 1).shape,
      gives: everywhere([1, 5, 5, 1]),
      right: [1, 5, 4, 1],
      because: 'the width is computed from the height of the filter; wasm writes a 5x4 result into it',
      fixed: allBackends,
      test: 'test/backend',
    },
    {
      operation:
        "`conv3d` of 1, 2, 3, 4 with a filter of one tap, 1, with stride 2 and `'same'`; `maxPool3d` and `avgPool3d` with windows of one",
      run: (tf) => {
        const x = tf.tensor5d([1, 2, 3, 4], [1, 1, 1, 4, 1]);
        return [
          tf.conv3d(x, tf.ones([1, 1, 1, 1, 1]), [1, 1, 2], 'same'),
          tf.maxPool3d(x, 1, [1, 1, 2], 'same'),
          tf.avgPool3d(x, 1, [1, 1, 2], 'same'),
        ];
      },
      gives: everywhere([2, 4, 2, 4, 2, 4]),
      right: [1, 3, 1, 3, 1, 3],
      because:
        'where a window is narrower than the stride, the padding is negative, and moves the windows; as in TensorFlow and JAX it is 0',
      fixed: allBackends,
      test: 'test/kernels/volumes.test.ts',
    },
    {
      operation: '`image.transform` of two images, 1 2 and 3 4, with a shift by one pixel for both',
      run: (tf) =>
        tf.image.transform(
          tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]),
          tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]]),
          'nearest',
          'nearest',
        ),
      gives: { cpu: [2, 2, 0, 0] },
      right: [2, 2, 4, 4],
      because:
        'cpu returns after the first image; webgpu reads a transform for each image, past the end of one for all',
      fixed: allBackends,
      test: 'test/kernels/images.test.ts',
      without: { webgpu: 'its results vary between runs' },
    },
    {
      operation: "`image.transform` of 1 2 3 4, shifted by two pixels to the right, `'reflect'`",
      run: (tf) =>
        tf.image.transform(
          tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]),
          tf.tensor2d([[1, 0, -2, 0, 1, 0, 0, 0]]),
          'nearest',
          'reflect',
        ),
      gives: { wasm: [4, 4, 1, 2] },
      right: [2, 1, 1, 2],
      because: 'as in TensorFlow',
    },
    {
      operation: '`maxPoolWithArgmax` of -3 and -2, and `dilation2d` of them: maximum, index, maximum',
      run: (tf) => {
        const x = tf.tensor4d([-3, -2], [1, 1, 2, 1]);
        const { result, indexes } = tf.maxPoolWithArgmax(x, [1, 2], 1, 'valid');
        return [result!, indexes!, tf.dilation2d(x, tf.zeros([1, 2, 1]), 1, 'valid')];
      },
      gives: { wasm: [2 ** -126, 0, 2 ** -126] },
      right: [-2, 1, -2],
      because: 'on wasm a maximum starts at the smallest positive number',
      fixed: allBackends,
      test: 'test/kernels/maxima.test.ts',
    },
    {
      operation: '`sign(1e-8)`',
      run: (tf) => tf.sign(tf.tensor1d([1e-8])),
      gives: { wasm: [0] },
      right: [1],
      fixed: allBackends,
      test: 'test/kernels/maxima.test.ts',
    },
    {
      operation: '`log1p(1e-6)`',
      run: (tf) => tf.log1p(tf.tensor1d([1e-6])),
      gives: { wasm: [9.536739e-7], webgpu: [9.536739e-7] },
      right: [9.999995e-7],
      because: 'it is computed as `log(1 + x)`',
      fixed: allBackends,
      test: 'test/kernels/wasm/bounds.test.ts',
      tolerance: 1e-3,
    },
    {
      operation: '`erf(1e-6)`',
      run: (tf) => tf.erf(tf.tensor1d([1e-6])),
      gives: { cpu: [1.129392e-6], webgpu: [1.192093e-6] },
      right: [1.128379e-6],
      because: 'an approximation with an absolute error near 1e-7',
      tolerance: 1e-4,
    },
    {
      operation: '`tanh(1e-6)`',
      run: (tf) => tf.tanh(tf.tensor1d([1e-6])),
      gives: { webgpu: [1.013279e-6] },
      right: [1e-6],
      fixed: allBackends,
      test: 'test/kernels/webgpu',
      tolerance: 1e-3,
    },
    {
      operation: '`asinh(-10000)`',
      run: (tf) => tf.asinh(tf.tensor1d([-10_000])),
      gives: { webgpu: [-88.02969360351562] },
      right: [Math.asinh(-10_000)],
      because: 'WGSL lets a GPU add the root to the number, where all digits cancel; `atanh` has few near 0',
      fixed: allBackends,
      test: 'test/kernels/elementwise.test.ts',
    },
    {
      operation: '`pow(0, -1)`',
      run: (tf) => tf.pow(tf.tensor1d([0]), tf.tensor1d([-1])),
      gives: { webgpu: [0] },
      right: [Infinity],
      fixed: allBackends,
      test: 'test/kernels/elementwise.test.ts',
    },
    {
      operation: '`addN` of eight tensors, 1 to 8',
      run: (tf) => tf.addN(Array.from({ length: 8 }, (_, i) => tf.tensor1d([i + 1]))),
      gives: {},
      right: [36],
      because: 'webgpu returns values of an earlier result, without an error',
      fixed: allBackends,
      test: 'test/kernels/webgpu',
      without: { webgpu: 'its results vary between runs' },
    },
    {
      operation: '`cumsum` of a `[2, 3]` matrix along axis -1: the shape',
      run: (tf) => tf.cumsum(tf.ones([2, 3]), -1).shape.map((size) => size ?? nan),
      gives: { cpu: [nan, 2], webgpu: 'no overload matched' },
      right: [2, 3],
      because: 'the same for `cumprod`; the last axis has to be named as 1',
      fixed: allBackends,
      test: 'test/kernels/cumulative.test.ts',
      without: { wasm: 'it reads outside of its memory' },
    },
    {
      operation: '`cumsum` in reverse, of three and then of five numbers',
      run: (tf) => [
        tf.cumsum(tf.tensor1d([1, 2, 3]), 0, false, true),
        tf.cumsum(tf.tensor1d([1, 2, 3, 4, 5]), 0, false, true),
      ],
      gives: { webgpu: [6, 5, 3, 6, 5, 3, 4, 5] },
      right: [6, 5, 3, 15, 14, 12, 9, 5],
      because: 'the program for the first length is used for all later ones',
      fixed: allBackends,
      test: 'test/kernels/webgpu',
    },
    {
      operation:
        '`stridedSlice` as `x[::2, 1]` of `[[1, 2], [3, 4], [5, 6]]`: a single index beside a stride',
      run: (tf) =>
        tf.stridedSlice(
          tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]),
          ...([
            [0, 1],
            [3, 2],
            [2, 1],
          ] as [number[], number[], number[]]),
          ...([0, 0, 0, 0, 2] as [number, number, number, number, number]),
        ),
      gives: everywhere([1, 3]),
      right: [2, 6],
      fixed: allBackends,
      test: 'test/kernels/stridedSlice.test.ts',
    },
    {
      operation: "`pool` of -1, -2, -3 with windows of two, dilation 2, `'max'` and `'same'`",
      run: (tf) => tf.pool(tf.tensor4d([-1, -2, -3], [1, 1, 3, 1]), [1, 2], 'max', 'same', [1, 2]),
      gives: everywhere([0, -1, 0]),
      right: [-2, -1, -2],
      because: 'with dilations padding counts as 0, in means too; in PyTorch it does not count',
      instead: 'pad with a low number, and pool with `valid`',
    },
    {
      operation: '`norm` of 1 2 3 4 `[2, 1, 2]`, order 1, along the axes 2 and 0',
      run: (tf) => tf.norm(tf.tensor3d([1, 2, 3, 4], [2, 1, 2]), 1, [2, 0]),
      gives: everywhere([3, 7]),
      right: [7],
      because: 'as in NumPy; axes of matrices that are negative or not in order are taken for others',
      instead: 'name the axes in order, or transpose',
    },
    {
      operation: '`train.adam(1)`: the first step for a gradient of 1e-8',
      run: (tf) => {
        const weight = tf.variable(tf.tensor1d([0]));
        tf.train.adam(1).applyGradients([{ name: weight.name, tensor: tf.tensor1d([1e-8]) }]);
        return weight;
      },
      gives: everywhere([-0.0909091]),
      right: [-0.5],
      because: 'its epsilon is 1e-7; the paper, PyTorch and optax use 1e-8',
      instead: 'its own `adam`: 1e-8',
      tolerance: 1e-3,
    },
    {
      operation: 'a `Float32Array` that is modified after it was passed to `tensor1d`',
      run: (tf) => {
        const numbers = new Float32Array([1, 2]);
        const tensor = tf.tensor1d(numbers);
        numbers[0] = 9;
        return tensor;
      },
      gives: { cpu: [9, 2], webgpu: [9, 2] },
      right: [1, 2],
      because: 'cpu keeps the array itself, webgpu until the tensor is first used',
      instead: 'pass a copy',
    },
    {
      operation: '`tensorScatterUpdate([1, 2, 3], [[1]], [9])`: the first tensor afterwards',
      run: (tf) => {
        const tensor = tf.tensor1d([1, 2, 3]);
        tf.tensorScatterUpdate(tensor, tf.tensor2d([[1]], [1, 1], 'int32'), tf.tensor1d([9]));
        return tensor;
      },
      gives: { cpu: [1, 9, 3] },
      right: [1, 2, 3],
      because: 'cpu modifies its argument',
      fixed: allBackends,
    },
    {
      operation: '`dataSync` on cpu: the tensor after its array was modified',
      run: (tf) => {
        const tensor = tf.tensor1d([1, 2]);
        tensor.dataSync()[0] = 9;
        return tensor;
      },
      gives: { cpu: [9, 2] },
      right: [1, 2],
      because: 'cpu returns its own array, which `reshape` and `clone` share',
      instead: 'copy the array before you modify it',
      without: { webgpu: 'synchronous reads are for tests only' },
    },
    {
      operation: '`argMax` of a vector: the number of axes',
      run: (tf) => [tf.argMax(tf.tensor1d([1, 3, 2])).rank],
      gives: { webgpu: [1] },
      right: [0],
      because: 'webgpu gives shape `[1]`',
      fixed: allBackends,
    },
    {
      operation: '`bincount` of 2e7 zeros: the count',
      run: (tf) => tf.bincount(tf.zeros([2e7], 'int32'), tf.tensor1d([]), 1),
      gives: { cpu: [16777216], wasm: [16777216] },
      right: [2e7],
      because: 'a count in float32 stops at 2^24',
      fixed: allBackends,
      test: 'test/kernels/reductions.test.ts',
      without: { webgpu: 'a software GPU takes too long' },
    },
    {
      operation: '`oneHot` with a depth of 1',
      run: (tf) => tf.oneHot(tf.tensor1d([0, 0], 'int32'), 1),
      gives: everywhere('depth must be >=2'),
      right: [1, 1],
    },
  ],
};

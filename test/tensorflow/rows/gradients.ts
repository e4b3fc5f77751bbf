import { allBackends } from '../backend.ts';
import type { Row, Topic } from '../row.ts';

const everywhere = <T>(outcome: T) => ({ cpu: outcome, wasm: outcome, webgpu: outcome });

const registered = 'test/ops/gradients';

const rows: readonly Row[] = [
  {
    operation: "`avgPool` of 2x2 ones, window 2, stride 1, `'same'`",
    run: (tf) => tf.grad((x) => tf.avgPool(x as never, 2, 1, 'same'))(tf.ones([1, 2, 2, 1])),
    gives: everywhere([0.25, 0.5, 0.5, 1]),
    right: [0.25, 0.75, 0.75, 2.25],
    because: 'windows at the edge average fewer elements',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: "`mirrorPad` of `[1, 2, 3]` by one on both sides, `'reflect'`",
    run: (tf) => tf.grad((x) => tf.mirrorPad(x, [[1, 1]], 'reflect'))(tf.tensor1d([1, 2, 3])),
    gives: everywhere([1, 1, 1]),
    right: [1, 3, 1],
    because: 'the middle number appears three times',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`losses.softmaxCrossEntropy` with respect to its labels, logits `[1, 2, 3]`',
    run: (tf) =>
      tf.grad((labels) => tf.losses.softmaxCrossEntropy(labels, tf.tensor2d([[1, 2, 3]])))(
        tf.tensor2d([[0.2, 0.3, 0.5]]),
      ),
    gives: everywhere([0.109969, 0.055272, -0.165241]),
    right: [2.407606, 1.407606, 0.407606],
    because: 'minus the log-softmax',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`cumsum` along axis 0, weighted by `[[1, 2], [3, 4]]`',
    run: (tf) =>
      tf.grad((x) =>
        tf.sum(
          tf.mul(
            tf.cumsum(x, 0),
            tf.tensor2d([
              [1, 2],
              [3, 4],
            ]),
          ),
        ),
      )(tf.ones([2, 2])),
    gives: everywhere([4, 3, 6, 4]),
    right: [4, 6, 3, 4],
    because: 'axes are restored in the wrong order; if their lengths differ, it throws',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`prod` of `[[2, 3, 4], [5, 6, 7]]` along axis 1, with tfjs-core alone',
    run: (tf) =>
      tf.grad((x) => tf.prod(x, 1))(
        tf.tensor2d([
          [2, 3, 4],
          [5, 6, 7],
        ]),
      ),
    gives: everywhere('reshape is not a function'),
    right: [12, 8, 6, 42, 35, 30],
    because: 'the gradient calls chained methods, which only `@tensorflow/tfjs` registers',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`gather` with `batchDims: 1`, with tfjs-core alone',
    run: (tf) =>
      tf.grad((x) => tf.gather(x, tf.tensor2d([[0], [1]], [2, 1], 'int32'), 1, 1))(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ),
    gives: everywhere('split is not a function'),
    right: [1, 0, 0, 1],
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`batchNorm` without offset and scale, `[[1], [2]]`, mean 0, variance 1',
    run: (tf) =>
      tf.grad((x) => tf.batchNorm(x as never, tf.tensor1d([0]), tf.tensor1d([1]), undefined, undefined, 0))(
        tf.tensor2d([[1], [2]]),
      ),
    gives: everywhere('Cannot read properties of undefined'),
    right: [1, 1],
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`unstack` of one row',
    run: (tf) => tf.grad((x) => tf.unstack(x)[0]!)(tf.tensor2d([[1, 2]])),
    gives: everywhere('passed to stack must be'),
    right: [1, 1],
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`split` into one part',
    run: (tf) => tf.grad((x) => tf.split(x, 1)[0]!)(tf.tensor2d([[1, 2]])),
    gives: everywhere('Pass at least one tensor to concat'),
    right: [1, 1],
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`linalg.bandPart` of one matrix, `(1, 0)`',
    run: (tf) => tf.grad((x) => tf.linalg.bandPart(x, 1, 0))(tf.ones([2, 2])),
    gives: everywhere('passed to stack must be'),
    right: [1, 0, 1, 1],
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`where(x > 0, x, 0)` with `x` in the condition',
    run: (tf) => tf.grad((x) => tf.where(tf.greater(x, 0), x, tf.zerosLike(x)))(tf.tensor1d([1, -1])),
    gives: everywhere('gradient function not found for Greater'),
    right: [1, 0],
    because: 'a comparison is constant almost everywhere: PyTorch and JAX give 0',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`einsum` of two matrices of ones',
    run: (tf) => tf.grad((x) => tf.einsum('ij,jk->ik', x, tf.ones([2, 2])))(tf.ones([2, 2])),
    gives: {
      cpu: 'gradient function not found for Einsum',
      wasm: "Kernel 'Einsum' not registered",
      webgpu: 'gradient function not found for Einsum',
    },
    right: [2, 2, 2, 2],
    instead: 'inside `vmap` only',
  },
  {
    operation: '`matMul` of `[3, 2, 2]` and `[2, 2]`, with respect to the second',
    run: (tf) => tf.grads((a, b) => tf.matMul(a, b))([tf.ones([3, 2, 2]), tf.ones([2, 2])])[1]!,
    gives: everywhere("does not match the shape of the input '2,2'"),
    right: [6, 6, 6, 6],
    fixed: allBackends,
    test: 'test/ops/gradients/matMul.test.ts',
  },
  {
    operation: '`conv2d` with respect to its filter',
    run: (tf) =>
      tf.grad((filter) => tf.conv2d(tf.ones([1, 3, 3, 1]) as never, filter as never, 1, 'same'))(
        tf.ones([2, 2, 1, 1]),
      ),
    gives: { wasm: "Kernel 'Conv2DBackpropFilter' not registered" },
    right: [9, 6, 6, 4],
    fixed: allBackends,
    test: 'test/ops/convolve.test.ts',
  },
  {
    operation: '`depthwiseConv2d` with respect to its filter',
    run: (tf) =>
      tf.grad((filter) => tf.depthwiseConv2d(tf.ones([1, 3, 3, 1]) as never, filter as never, 1, 'same'))(
        tf.ones([2, 2, 1, 1]),
      ),
    gives: { wasm: "Kernel 'DepthwiseConv2dNativeBackpropFilter' not registered" },
    right: [9, 6, 6, 4],
    fixed: allBackends,
    test: 'test/ops/convolve.test.ts',
  },
  {
    operation: '`gather`, used by embeddings',
    run: (tf) => tf.grad((x) => tf.gather(x, tf.tensor1d([0, 0], 'int32')))(tf.tensor1d([1, 2])),
    gives: { wasm: "Kernel 'UnsortedSegmentSum' not registered" },
    right: [2, 0],
    fixed: allBackends,
    test: 'test/kernels/wasm',
  },
  {
    operation: 'the second derivative of `x * sigmoid(x)` at 0.5',
    run: (tf) => tf.grad(tf.grad((x) => tf.mul(x, tf.sigmoid(x))))(tf.tensor1d([0.5])),
    gives: everywhere([0.470007]),
    right: [0.441229],
    because: 'a gradient that uses a saved output is not differentiated through it',
    fixed: allBackends,
    test: 'test/vmap/derivatives.test.ts',
  },
  {
    operation: 'the second derivative of `exp` at 0.5',
    run: (tf) => tf.grad(tf.grad((x) => tf.exp(x)))(tf.tensor1d([0.5])),
    gives: everywhere('Cannot compute gradient of y=f(x) with respect to x'),
    right: [1.648721],
    because: 'the same cause, when nothing else depends on `x`',
    fixed: allBackends,
    test: 'test/vmap/derivatives.test.ts',
  },
  {
    operation: '`norm` at the zero vector',
    run: (tf) => tf.grad((x) => tf.norm(x))(tf.zeros([2])),
    gives: everywhere([Number.NaN, Number.NaN]),
    right: 'PyTorch gives 0, JAX NaN',
    instead: 'write your own root with a small number added',
  },
  {
    operation: '`max` of `[1, 1, 0]`',
    run: (tf) => tf.grad((x) => tf.max(x))(tf.tensor1d([1, 1, 0])),
    gives: everywhere([1, 1, 0]),
    right: [0.5, 0.5, 0],
    because: 'PyTorch and JAX split it among ties',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`maximum(a, b)` and `minimum(a, b)` of equal values, with respect to `a` and `b`',
    run: (tf) => [
      ...tf.grads((a, b) => tf.maximum(a, b))([tf.tensor1d([1]), tf.tensor1d([1])]),
      ...tf.grads((a, b) => tf.minimum(a, b))([tf.tensor1d([1]), tf.tensor1d([1])]),
    ],
    gives: everywhere([1, 0, 1, 0]),
    right: 'PyTorch and JAX give one half to each',
  },
  {
    operation: '`abs` at 0',
    run: (tf) => tf.grad((x) => tf.abs(x))(tf.tensor1d([0])),
    gives: everywhere([-1]),
    right: [0],
    because: 'as in PyTorch and JAX',
    fixed: allBackends,
    test: registered,
  },
  {
    operation: '`relu6` at 0 and 6',
    run: (tf) => tf.grad((x) => tf.relu6(x))(tf.tensor1d([0, 6])),
    gives: everywhere([0, 1]),
    right: 'PyTorch gives 0 at both ends',
  },
  {
    operation: '`clipByValue(x, 0, 1)` at 0, 1 and 2',
    run: (tf) => tf.grad((x) => tf.clipByValue(x, 0, 1))(tf.tensor1d([0, 1, 2])),
    gives: everywhere([1, 1, 0]),
    right: 'as in PyTorch; JAX gives one half at the bounds',
  },
  {
    operation: '`pow(x, 0.5)` at 0',
    run: (tf) => tf.grad((x) => tf.pow(x, 0.5))(tf.tensor1d([0])),
    gives: { webgpu: [6.521908912666392e18] },
    right: [Number.POSITIVE_INFINITY],
    fixed: allBackends,
    test: 'test/kernels/elementwise.test.ts',
  },
];

/** Gradients that are wrong, that throw, or that follow another convention. */
export const gradients: Topic = {
  title: 'Gradients',
  text: 'The gradient of the sum of the result.',
  rows,
};

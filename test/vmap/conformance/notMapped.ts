import * as tf from '@tensorflow/tfjs-core';

/** An operation that does not run inside `vmap`, why, and a call of it on a tensor of one sample. */
export interface NotMapped {
  readonly because: string;
  readonly call: (x: tf.Tensor1D) => unknown;
}

const valuesDecide = 'the shape of its result depends on values';
const reads = 'it reads values, and waits for them';

const boxes = (x: tf.Tensor1D): tf.Tensor2D => tf.reshape(x, [-1, 4]);
const whole = (x: tf.Tensor): tf.Tensor1D => tf.cast(x, 'int32') as tf.Tensor1D;
const kernel = (name: string, inputs: tf.NamedTensorMap, attrs = {}): unknown =>
  tf.engine().runKernel(name, inputs, attrs);

/** Operations that `vmap` refuses. Each call gets a vector of four numbers. */
export const refusedOps: Readonly<Record<string, NotMapped>> = {
  booleanMaskAsync: { because: reads, call: (x) => tf.booleanMaskAsync(x, tf.cast(x, 'bool')) },
  'browser.draw': {
    because: 'it puts values on a canvas',
    call: (x) => kernel('Draw', { image: x }),
  },
  'browser.toPixels': {
    because: reads,
    call: (x) => tf.browser.toPixels(tf.reshape(x, [2, 2]) as tf.Tensor2D),
  },
  'image.nonMaxSuppression': {
    because: valuesDecide,
    call: (x) => tf.image.nonMaxSuppression(boxes(x), tf.slice(x, 0, 1), 1),
  },
  'image.nonMaxSuppressionAsync': {
    because: reads,
    call: (x) => tf.image.nonMaxSuppressionAsync(boxes(x), tf.slice(x, 0, 1), 1),
  },
  'image.nonMaxSuppressionPaddedAsync': {
    because: reads,
    call: (x) => tf.image.nonMaxSuppressionPaddedAsync(boxes(x), tf.slice(x, 0, 1), 1),
  },
  'image.nonMaxSuppressionWithScore': {
    because: valuesDecide,
    call: (x) => tf.image.nonMaxSuppressionWithScore(boxes(x), tf.slice(x, 0, 1), 1),
  },
  'image.nonMaxSuppressionWithScoreAsync': {
    because: reads,
    call: (x) => tf.image.nonMaxSuppressionWithScoreAsync(boxes(x), tf.slice(x, 0, 1), 1),
  },
  inTopKAsync: { because: reads, call: (x) => tf.inTopKAsync(boxes(x), whole(tf.slice(x, 0, 1)), 1) },
  multinomial: {
    because: 'it draws from a generator that the samples would share',
    call: (x) => tf.multinomial(x, 2),
  },
  print: { because: 'it reads values', call: (x) => tf.print(x) },
  raggedGather: {
    because: valuesDecide,
    call: (x) => tf.raggedGather([tf.tensor1d([0, 4], 'int32')], x, tf.tensor1d([0], 'int32'), 1),
  },
  raggedRange: { because: valuesDecide, call: (x) => tf.raggedRange(x, x, x) },
  raggedTensorToTensor: {
    because: valuesDecide,
    call: (x) =>
      tf.raggedTensorToTensor(
        tf.tensor1d([1, 4], 'int32'),
        x,
        tf.scalar(0),
        [tf.tensor1d([0, 4], 'int32')],
        ['ROW_SPLITS'],
      ),
  },
  setdiff1dAsync: { because: reads, call: (x) => tf.setdiff1dAsync(x, x) },
  'sparse.sparseFillEmptyRows': {
    because: valuesDecide,
    call: (x) =>
      tf.sparse.sparseFillEmptyRows(tf.reshape(whole(x), [4, 1]), x, tf.tensor1d([9], 'int32'), tf.scalar(0)),
  },
  'string.stringNGrams': {
    because: valuesDecide,
    call: (x) => kernel('StringNGrams', { data: x, dataSplits: x }),
  },
  'string.stringSplit': {
    because: valuesDecide,
    call: (x) => kernel('StringSplit', { input: x, delimiter: x }),
  },
  unique: { because: valuesDecide, call: (x) => tf.unique(x) },
  whereAsync: { because: reads, call: (x) => tf.whereAsync(tf.cast(x, 'bool')) },
};

/** Operations that draw random numbers without a key: all samples would get the same. */
export const randomOps: readonly string[] = [
  ...['dropout', 'rand', 'randomGamma', 'randomNormal', 'randomStandardNormal', 'randomUniform'],
  ...['randomUniformInt', 'truncatedNormal'],
];

/** Functions of tfjs-core that compute nothing: the engine, its registries, classes and helpers. */
export const noOps: readonly string[] = [
  ...['AdadeltaOptimizer', 'AdagradOptimizer', 'AdamOptimizer', 'AdamaxOptimizer', 'DataStorage'],
  ...['Environment', 'KernelBackend', 'MomentumOptimizer', 'Optimizer', 'OptimizerConstructors'],
  ...['RMSPropOptimizer', 'SGDOptimizer', 'Tensor', 'TensorBuffer', 'Variable', 'backend'],
  ...['browser.fromPixelsAsync', 'copyRegisteredKernels', 'customGrad', 'deprecationWarn'],
  ...['disableDeprecationWarnings', 'dispose', 'disposeVariables', 'enableDebugMode', 'enableProdMode'],
  ...['enclosingPowerOfTwo', 'engine', 'env', 'findBackend', 'findBackendFactory', 'getBackend'],
  ...['getGradient', 'getKernel', 'getKernelsForBackend', 'grad', 'grads', 'keep', 'memory', 'nextFrame'],
  ...['op', 'profile', 'ready', 'registerBackend', 'registerGradient', 'registerKernel', 'removeBackend'],
  ...['setBackend', 'setPlatform', 'sumOutType', 'tidy', 'time', 'train', 'unregisterGradient'],
  ...['unregisterKernel', 'upcastType', 'valueAndGrad', 'valueAndGrads', 'variable', 'variableGrads'],
];

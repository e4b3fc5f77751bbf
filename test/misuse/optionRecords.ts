import * as tf from '@tensorflow/tfjs-core';
import {
  accuracy,
  adam,
  adamw,
  addDecayedWeights,
  affine,
  ard,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  batches,
  batchNorm,
  bayesian,
  bernoulli,
  brierScore,
  calibration,
  categorical,
  checkpoint,
  compile,
  conformal,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  crps,
  elbo,
  ema,
  embedding,
  ensemble,
  entropy,
  epochs,
  type Forward,
  fit,
  flatten,
  fromWeights,
  fullNormal,
  gaussian,
  gelu,
  groupNorm,
  gru,
  hamiltonianMonteCarlo,
  ivon,
  type Layer,
  laplace,
  layer,
  layerNorm,
  learnedNoise,
  linear,
  lowRankNormal,
  lstm,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  modelOf,
  multiheadAttention,
  negativeLogLikelihood,
  normal,
  parallel,
  pit,
  plot,
  poisson,
  predict,
  predictFromWeights,
  priorPredictive,
  prune,
  quiet,
  random,
  rmsNorm,
  scaleByAdam,
  scaleMixture,
  schedule,
  sgd,
  startBackend,
  statistic,
  stream,
  studentT,
  temperatureScaling,
  trace,
  trainStep,
  transformer,
  transformerDecoder,
  transformerDecoderLayer,
  transformerEncoder,
  transformerEncoderLayer,
  useBackend,
  variable,
  vmap,
  vmapSamples,
  weightSampling,
  withDivergence,
} from '../../src/index.ts';

/** A place that takes an option record. */
export interface OptionRecord {
  /** The function, as messages call it. */
  readonly fn: string;
  /** The exported type of the record, where it has one. */
  readonly type?: string;
  readonly call: (options: never) => unknown;
  /** Options that it needs, where it cannot do without. */
  readonly needed?: object;
  /** May be called without options, if not to any use here. */
  readonly withoutAny?: true;
  /** Takes something else than a record in this place too. */
  readonly overloaded?: true;
}

const row = (
  fn: string,
  type: string | undefined,
  call: (options: never) => unknown,
  needed?: object,
): OptionRecord => ({ fn, ...(type && { type }), call, ...(needed && { needed }) });

const net = linear(2, 1);
const model = bayesian()(net);
const key = random.key(0);
const sequence = (): tf.Tensor => tf.zeros([1, 3, 4]);
const plainWeights = { weight: tf.zeros([2, 1]), bias: tf.zeros([1]) };
const double = parallel.job(import.meta.url, 'double', (x: number) => 2 * x);
const outputs = parallel.predictionJob(import.meta.url, 'outputs', model);
const onFold = parallel.job(import.meta.url, 'onFold', ({ fold }: parallel.Fold<readonly number[]>) => fold);
const plane = { weight: [2, 1] } as const;

/** Calls a layer's function on its own weights. */
const called =
  <F extends Forward>(of: Layer<unknown, F>, run: (forward: F, options: never) => unknown) =>
  (options: never): unknown => {
    const own = layer({ of }, (parts) => () => {
      run(parts.of as unknown as F, options);
      return tf.scalar(0);
    });
    const inner = bayesian()(own);
    return inner.apply(inner.init(key), key);
  };

const encoderLayer = transformerEncoderLayer(4, 2);
const decoderLayer = transformerDecoderLayer(4, 2);

const layers: readonly OptionRecord[] = [
  row('conv1d', 'Conv1dOptions', (o) => conv1d(1, 1, 2, o)),
  row('conv2d', 'Conv2dOptions', (o) => conv2d(1, 1, 2, o)),
  row('conv3d', 'Conv3dOptions', (o) => conv3d(1, 1, 2, o)),
  ...[maxPool1d, maxPool2d, maxPool3d].map((make, index) =>
    row(`maxPool${index + 1}d`, 'PoolingOptions', (o) => make(2, o)),
  ),
  ...[avgPool1d, avgPool2d, avgPool3d].map((make, index) =>
    row(`avgPool${index + 1}d`, 'PoolingOptions', (o) => make(2, o)),
  ),
  row('conv2d', 'ConvolutionOptions', (o) => conv2d(1, 1, 2, o)),
  row('convTranspose2d', 'ConvTranspose2dOptions', (o) => convTranspose2d(1, 1, 2, o)),
  row('embedding', 'EmbeddingOptions', (o) => embedding(2, 2, o)),
  row('flatten', 'FlattenOptions', flatten),
  row('gelu', 'GeluOptions', (o) => gelu(tf.scalar(1), o)),
  row('batchNorm', 'BatchNormOptions', (o) => batchNorm(2, o)),
  row('statistic', 'StatisticOptions', (o) => statistic([2], o)),
  row('groupNorm', 'GroupNormOptions', (o) => groupNorm(1, 2, o)),
  row('layerNorm', 'LayerNormOptions', (o) => layerNorm(2, o)),
  row('rmsNorm', 'RmsNormOptions', (o) => rmsNorm(2, o)),
  row('gru', 'RecurrentOptions', (o) => gru(1, 1, o)),
  row('lstm', 'RecurrentOptions', (o) => lstm(1, 1, o)),
  row(
    'gru',
    undefined,
    called(gru(4, 2), (f, o) => f(sequence(), o)),
  ),
  row(
    'lstm',
    undefined,
    called(lstm(4, 2), (f, o) => f(sequence(), o)),
  ),
  row(
    'affine',
    'AffineOptions',
    (o) =>
      affine(
        plane,
        ({ weight }) =>
          () =>
            weight,
        o,
      ),
    { featureRank: 1 },
  ),
  row('layer', 'WeightOptions', (o) =>
    layer(
      plane,
      ({ weight }) =>
        () =>
          weight,
      o,
    ),
  ),
  row('variable', 'VariableOptions', (o) => variable([2], o)),
  row('learnedNoise', 'LearnedNoiseOptions', (o) => learnedNoise(1, o)),
  row('linear', 'LinearOptions', (o) => linear(1, 1, o)),
  row('multiheadAttention', 'MultiheadAttentionOptions', (o) => multiheadAttention(4, 2, o)),
  row(
    'multiheadAttention',
    'AttentionOptions',
    called(multiheadAttention(4, 2), (f, o) => f(sequence(), sequence(), sequence(), o)),
  ),
  row('transformer', 'TransformerOptions', (o) => transformer(4, 2, o)),
  row(
    'transformer',
    'TransformerCallOptions',
    called(transformer(4, 2), (f, o) => f(sequence(), sequence(), o)),
  ),
  row('transformerEncoderLayer', 'TransformerLayerOptions', (o) => transformerEncoderLayer(4, 2, o)),
  row(
    'transformerEncoderLayer',
    'EncoderLayerOptions',
    called(encoderLayer, (f, o) => f(sequence(), o)),
  ),
  row('transformerDecoderLayer', 'TransformerLayerOptions', (o) => transformerDecoderLayer(4, 2, o)),
  row(
    'transformerDecoderLayer',
    'DecoderLayerOptions',
    called(decoderLayer, (f, o) => f(sequence(), sequence(), o)),
  ),
  row('transformerEncoder', 'TransformerStackOptions', (o) => transformerEncoder(encoderLayer, 1, o)),
  row(
    'transformerEncoder',
    'EncoderOptions',
    called(transformerEncoder(encoderLayer, 1), (f, o) => f(sequence(), o)),
  ),
  row('transformerDecoder', 'TransformerStackOptions', (o) => transformerDecoder(decoderLayer, 1, o)),
  row(
    'transformerDecoder',
    'DecoderLayerOptions',
    called(transformerDecoder(decoderLayer, 1), (f, o) => f(sequence(), sequence(), o)),
  ),
];

const distributions: readonly OptionRecord[] = [
  row('bernoulli', 'BernoulliOptions', bernoulli),
  row('categorical', 'CategoricalOptions', categorical),
  { ...row('gaussian', 'GaussianOptions', gaussian, { std: 1 }), overloaded: true },
  row('fullNormal', 'FullNormalOptions', fullNormal),
  row('laplace', 'LaplaceOptions', laplace),
  row('lowRankNormal', 'LowRankNormalOptions', lowRankNormal, { rank: 1 }),
  row('normal', 'NormalOptions', normal),
  row('poisson', 'PoissonOptions', poisson),
  row('quiet', 'QuietOptions', quiet),
  row('ard', 'ArdOptions', ard),
  row('scaleMixture', 'ScaleMixtureOptions', scaleMixture),
  row('studentT', 'StudentTOptions', studentT),
];

const likelihood = gaussian({ std: 1 });

const data = () => ({ inputs: tf.zeros([2, 2]), targets: tf.zeros([2, 1]) });

const start = () => ({
  batches: batches(data(), { size: 1 }),
  epochs: 1,
  init: () => ({ weight: tf.zeros([1]) }),
  key,
});

const loss = (params: { readonly weight: tf.Tensor }) => ({ loss: tf.sum(params.weight) });
const lossJob = parallel.lossJob(import.meta.url, 'lossJob', loss);

const training: readonly OptionRecord[] = [
  row('adam', 'AdamOptions', adam, { learningRate: 1 }),
  row('adamw', 'AdamwOptions', adamw, { learningRate: 1, weightDecay: 1, where: () => true }),
  row('addDecayedWeights', 'AddDecayedWeightsOptions', addDecayedWeights, {
    weightDecay: 1,
    where: () => true,
  }),
  row('ema', 'EmaOptions', ema, { decay: 0.9 }),
  row('ivon', 'IvonOptions', ivon, { learningRate: 1 }),
  row('scaleByAdam', 'ScaleByAdamOptions', scaleByAdam),
  row('schedule.cosine', 'schedule.CosineOptions', schedule.cosine, { from: 1, steps: 1 }),
  row('schedule.exponential', 'schedule.ExponentialOptions', schedule.exponential, {
    from: 1,
    rate: 1,
    steps: 1,
  }),
  row('schedule.linear', 'schedule.LinearOptions', schedule.linear, { from: 1, to: 0, steps: 1 }),
  row('schedule.piecewise', 'schedule.PiecewiseOptions', schedule.piecewise, { from: 1, factors: {} }),
  row('schedule.warmupCosine', 'schedule.WarmupCosineOptions', schedule.warmupCosine, {
    peak: 1,
    warmup: 1,
    steps: 2,
  }),
  row('sgd', 'SgdOptions', sgd, { learningRate: 1 }),
  row('trace', 'TraceOptions', trace, { decay: 0.9 }),
  row('bayesian', 'WeightOptions', bayesian),
  row('modelOf', 'WeightOptions', (o) => modelOf(net, o, weightSampling), {}),
  row('compile', 'CompileOptions', (o) => compile(loss, o)),
  row('elbo', 'ElboOptions', elbo, { likelihood, datasetSize: 1 }),
  row('ensemble', 'EnsembleOptions', ensemble, { members: 2 }),
  row('vmapSamples', 'SampleOptions', vmapSamples, { samples: 1 }),
  { ...row('withDivergence', 'DivergenceOptions', withDivergence, { divergences: [] }), overloaded: true },
  row('batches', 'BatchOptions', (o) => batches(data(), o), { size: 1 }),
  ...['CommonFitOptions', 'FitOptions'].map((type) =>
    row('fit', type, (o) => fit(trainStep(loss, sgd({ learningRate: 1 })), o), {
      ...start(),
      progress: false,
    }),
  ),
  ...['EpochsOptions', 'LoopOptions'].map((type) =>
    row('epochs', type, async (o) => epochs(trainStep(loss, sgd({ learningRate: 1 })), o).return(), start()),
  ),
  row('stream', 'StreamOptions', (o) => stream(() => [], o), { rows: 1 }),
  row('predict', 'PredictOptions', (o) => predict(model, o), { likelihood }),
  row('predictFromWeights', undefined, (o) => predictFromWeights(model, o), { likelihood }),
  row('hamiltonianMonteCarlo', 'HamiltonianMonteCarloOptions', (o) => hamiltonianMonteCarlo(model, o), {
    likelihood,
  }),
  row('priorPredictive', 'PriorPredictiveOptions', (o) => priorPredictive(model, o)),
  row('trainStep', 'UpdateOptions', (o) => {
    const step = trainStep(loss, sgd({ learningRate: 1 }));
    return step.update(step.init({ weight: tf.zeros([1]) }, key), {}, o);
  }),
  ...[accuracy, brierScore, negativeLogLikelihood].map((metric) =>
    row(metric.name, 'MetricOptions', (o) => metric(tf.fill([2, 2], 0.5), tf.tensor1d([0, 1], 'int32'), o)),
  ),
  row('entropy', 'MetricOptions', (o) => entropy(tf.fill([2, 2], 0.5), o)),
  row('calibration', 'CalibrationOptions', (o) =>
    calibration(tf.fill([2, 2], 0.5), tf.tensor1d([0, 1], 'int32'), o),
  ),
  row('temperatureScaling', 'MetricOptions', (o) =>
    temperatureScaling(tf.fill([2, 2], 0.5), tf.tensor1d([0, 1], 'int32'), o),
  ),
  {
    ...row('temperatureScaling', 'TemperatureScalingOptions', (o) => temperatureScaling(o), {
      temperature: 1,
    }),
    overloaded: true,
  },
  row('conformal.regression', 'conformal.RegressionOptions', conformal.regression, { level: 0.9 }),
  row('conformal.quantiles', 'conformal.QuantilesOptions', conformal.quantiles, { level: 0.9 }),
  row('conformal.sets', 'conformal.SetsOptions', (o) => conformal.sets(o), { level: 0.9 }),
];

const regression: readonly OptionRecord[] = [
  row('crps', 'CrpsOptions', (o) => crps(tf.zeros([2, 2, 1]), tf.zeros([2, 1]), o)),
  { ...row('pit', 'PitOptions', (o) => pit({ cdf: { atMost: tf.zeros([2, 1]) } }, o)), overloaded: true },
];

/** A worker that only lacks a server. */
const startedWithoutRedis = (options: parallel.WorkOptions) =>
  parallel.work(options).catch((error: Error) => {
    if (!error.message.includes('there must be a Redis')) throw error;
  });

const others: readonly OptionRecord[] = [
  row('vmap', 'VmapOptions', (o) => vmap((x: tf.Tensor) => x, o)),
  row('random.bernoulli', 'random.BernoulliOptions', (o) => random.bernoulli(key, [1], o), { p: 0.5 }),
  row('random.gamma', 'random.GammaOptions', (o) => random.gamma(key, [1], o), { concentration: 1 }),
  row('random.studentT', 'random.StudentTOptions', (o) => random.studentT(key, [1], o), {
    degreesOfFreedom: 1,
  }),
  row('random.uniform', 'random.UniformOptions', (o) => random.uniform(key, [1], o)),
  row('useBackend', 'UseBackendOptions', (o) => useBackend('cpu', o)),
  row('startBackend', 'UseBackendOptions', (o) => startBackend('cpu', o)),
  row('fromWeights', 'FromWeightsOptions', (o) => fromWeights(model)(plainWeights, o), { std: 1 }),
  row('prune', 'PruneOptions', (o) => prune(model, model.init(key), o), { signalToNoise: 1 }),
  row('parallel.threads', 'parallel.ThreadsOptions', parallel.threads),
  row('parallel.inline', 'parallel.MapOptions', (o) => parallel.inline().map(double, [], o), { key }),
  row('parallel.arrayIndex', 'parallel.ArrayIndexOptions', parallel.arrayIndex, {
    ...{ folder: 'out/results', index: 0, count: 1 },
  }),
  row(
    'parallel.parallelPredict',
    'parallel.ParallelPredictOptions',
    (o) => parallel.parallelPredict(outputs, o),
    { likelihood },
  ),
  row(
    'parallel.parallelStep',
    'parallel.ParallelStepOptions',
    (o) => parallel.parallelStep(lossJob, sgd({ learningRate: 1 }), o),
    { shards: {} },
  ),
  row('parallel.sweep', 'parallel.SweepOptions', (o) => parallel.sweep(double, [], o), { key }),
  row(
    'parallel.crossValidate',
    'parallel.CrossValidateOptions',
    (o) => parallel.crossValidate(onFold, [1, 2], o),
    { key, folds: 2 },
  ),
  row('parallel.trainMembers', 'parallel.TrainMembersOptions', (o) => parallel.trainMembers(double, 1, o), {
    key,
    members: 2,
  }),
  row('parallel.queue', 'parallel.QueueOptions', parallel.queue, {
    connection: 'redis://localhost',
    name: 'a',
  }),
  row('parallel.work', 'parallel.WorkOptions', startedWithoutRedis, {
    ...{ connection: { port: 1, connectTimeout: 100 }, name: 'a', worker: 'worker.js' },
  }),
  row('parallel.collect', 'parallel.CollectOptions', parallel.collect, { folder: 'out/results' }),
  row('checkpoint.save', 'checkpoint.SaveOptions', (o) => checkpoint.save(model, o)),
  row('checkpoint.toBytes', 'checkpoint.SaveOptions', (o) => checkpoint.toBytes(model, o)),
  {
    ...row('checkpoint.load', 'checkpoint.LoadOptions', (o) => checkpoint.load(model, o), {
      optimizer: sgd({ learningRate: 1 }),
    }),
    overloaded: true,
  },
  row('checkpoint.fromTorchBlue', 'checkpoint.FromTorchOptions', (o) => checkpoint.fromTorchBlue(model, o)),
  row('checkpoint.toTorchBlue', 'checkpoint.ToTorchOptions', (o) => checkpoint.toTorchBlue(model, o)),
];

const params = { w: { mean: tf.tensor1d([1, 2]), logStd: tf.tensor1d([0, 0]) } };
const bars = { ece: 0.1, confidence: [0.5], accuracy: [0.5], count: [2] };
const figure = plot.trainingCurves({ loss: [1, 2] });

const figures: readonly OptionRecord[] = [
  row('plot.grid', 'plot.GridOptions', plot.grid, { x: [0, 1], y: [0, 1] }),
  {
    ...row('plot.liveTraining', 'plot.LiveTrainingOptions', plot.liveTraining, { place: { innerHTML: '' } }),
    withoutAny: true,
  },
  row('plot.intervalCoverage', 'plot.FigureOptions', (o) => plot.intervalCoverage([0.5], o)),
  row('plot.pitHistogram', 'plot.HistogramOptions', (o) => plot.pitHistogram([0.5], o)),
  row('plot.riskCoverage', 'plot.FigureOptions', (o) =>
    plot.riskCoverage({ a: { coverage: [1], risk: [1] } }, o),
  ),
  row('plot.pictures', 'plot.PicturesOptions', (o) => plot.pictures({ images: [[[0]]] }, o)),
  row('plot.predictiveBand', 'plot.PredictiveBandOptions', (o) =>
    plot.predictiveBand({ x: [0], mean: [0] }, o),
  ),
  row('plot.priorPredictive', 'plot.BandOptions', (o) => plot.priorPredictive({ x: [0], samples: [[0]] }, o)),
  row('plot.pruning', 'plot.FigureOptions', (o) => plot.pruning({ share: 1, variables: [] }, o)),
  row('plot.reliabilityDiagram', 'plot.FigureOptions', (o) => plot.reliabilityDiagram(bars, o)),
  row('plot.sideBySide', 'plot.SideBySideOptions', async (o) => plot.sideBySide([await figure], o)),
  row('plot.signalToNoise', 'plot.SignalToNoiseOptions', (o) => plot.signalToNoise(params, o)),
  row('plot.trainingCurves', 'plot.TrainingCurvesOptions', (o) => plot.trainingCurves({ loss: [1, 2] }, o)),
  row('plot.uncertaintyHistograms', 'plot.HistogramOptions', (o) =>
    plot.uncertaintyHistograms({ a: [1, 2] }, o),
  ),
  row('plot.uncertaintyMap', 'plot.UncertaintyMapOptions', (o) =>
    plot.uncertaintyMap({ x: [0], y: [0], values: [1] }, o),
  ),
  row('plot.weightHistograms', 'plot.WeightHistogramsOptions', (o) => plot.weightHistograms(params, o)),
];

/** Every place of the public functions that takes an option record. */
export const optionRecords: readonly OptionRecord[] = [
  ...layers,
  ...distributions,
  ...training,
  ...regression,
  ...others,
  ...figures,
];

type Meanings = Readonly<Record<string, string>>;

/** What a letter stands for nearly everywhere. */
const usual: Meanings = {
  P: 'the parameters: a tree of tensors',
  W: "the weights of a layer or network: a tree with a slot for each variable's posterior",
  O: 'the options as they are written, from which the type of the weights follows',
  F: "the network's function of its inputs",
  A: "the network's arguments, as a tuple",
  B: 'a batch, such as `{ inputs, targets }`',
  R: 'what the loss returns: itself and its parts, scalars by name',
  S: "the optimizer's state",
  Y: "the network's output",
  T: 'the targets',
  Q: 'the option `quantiles` as it is written, without which the result has none',
  I: 'the option `interval` as it is written, without which the result has none',
  L: 'the option `logProb` as it is written, without which the result has none',
  C: 'the option `cdf` as it is written, without which the result has none',
  N: 'the names of the parts, such as `train`',
  D: 'the data: a tree of tensors with rows on the first axis, or a list of rows',
};

const posteriorParams = "the posterior's parameters, such as `{ mean, logStd }`";

/** What it stands for in a folder of `src`. */
const byFolder: Readonly<Record<string, Meanings>> = {
  distributions: { P: posteriorParams },
  layers: {
    P: posteriorParams,
    K: "the names of the layer's states: `hidden`, and `cell` for an LSTM",
    N: "the weights of the stack's last layer, such as a `layerNorm`",
    Size: 'the type of a size: a number, or one for each axis',
    L: 'the pieces as they are written, layers and functions',
  },
  parallel: { C: 'a configuration of the job, plain data', R: 'what the job returns' },
  plot: { F: 'what is drawn: a figure or panels' },
  tree: {
    T: 'the tree',
    A: 'what stands at the leaves of the tree',
    B: 'what stands in the place of each tensor, or is accumulated',
    Y: 'what the function returns, a tree of tensors',
  },
  vmap: {
    A: "the function's arguments for one sample, as a tuple",
    Y: "the function's result for one sample",
  },
};

const prediction: Meanings = { R: usual.R!, C: usual.C! };

/** What it stands for in the type of one name. */
const byName: Readonly<Record<string, Meanings>> = {
  'distributions/foldSamples': { A: 'the accumulator' },
  'distributions/SampleFoldParts': { A: 'the accumulator', R: 'what the fold returns' },
  'distributions/likelihood': { L: 'the functions as they are given' },
  'layers/affine': { S: 'the variables by name' },
  'layers/layer': { S: 'the parts by name: variables, layers and keys' },
  'layers/PartsOf': { S: 'the parts by name: variables, layers and keys' },
  'layers/WeightsOf': { S: 'the parts by name: variables, layers and keys' },
  'layers/Only': { Known: 'the options that there are' },
  'layers/Piece': { F: 'the function of the piece' },
  'layers/Resolved': { Q: 'the parameters of the posterior that is set around the layer' },
  'layers/sequential': { Last: 'the last piece, whose result is that of the chain' },
  'layers/multiheadAttention': { E: 'the number of features, to which `kdim` and `vdim` are compared' },
  'layers/MultiheadAttentionWeightsOf': {
    E: 'the number of features, to which `kdim` and `vdim` are compared',
  },
  'layers/ChainWeights': { L: 'the pieces, in a list or by name' },
  'optimizers/chain': { S: 'the states of the transformations, as a tuple' },
  'optimizers/Transformations': { S: 'the states of the transformations, as a tuple' },
  'optimizers/partition': { S: 'the states of the optimizers by name' },
  'optimizers/NamedTransformations': { S: 'the states of the optimizers by name' },
  'parallel/lossJob': prediction,
  'parallel/LossJob': prediction,
  'parallel/LossFunction': prediction,
  'parallel/LossResult': prediction,
  'parallel/SampledLoss': prediction,
  'parallel/parallelStep': prediction,
  'parallel/parallelPredict': prediction,
  'parallel/ParallelPredictOptions': prediction,
  'training/augment': { B: 'a batch of the source', C: 'a batch of the result' },
  'training/batches': { I: 'the inputs, alone or as a tuple' },
  'training/Dataset': { I: 'the inputs, alone or as a tuple' },
  'training/Items': { T: 'an item: a row or a batch' },
  'training/stream': { R: 'a row as it is read: numbers, arrays or tensors by name' },
  'training/Stacked': { R: 'a row as it is read: numbers, arrays or tensors by name' },
  'training/Source': { B: 'a batch, such as `{ inputs, targets }`' },
  'training/Shares': { N: 'the names of the parts, such as `train`' },
  'transforms/DefaultParams': { O: 'the options of `bayesian`' },
  'transforms/bayesian': { O: 'the options, which set the posterior of weights without their own' },
  'transforms/compile': { X: 'the inputs, as a tuple', Y: 'what the function returns' },
  'transforms/CompiledFunction': { X: 'the inputs, as a tuple', Y: 'what the function returns' },
  'transforms/DivergingOf': { T: 'the model, or the options of the call that takes it' },
  'transforms/withDivergence': { T: 'the model, or the options of the call that takes it' },
  'training/NoLoss': { Message: 'what the compiler shows' },
  'transforms/Missing': { Message: 'what the compiler shows' },
  'transforms/Refused': { Tag: 'the kind of value that is refused', Message: 'what the compiler shows' },
  'transforms/OptionsAt': { K: 'a name in the options' },
  'transforms/Overridden': { Q: 'the parameters of the posterior that is set around the layer' },
  'transforms/PosteriorParamsIn': { Q: 'the parameters where the options set no posterior' },
  'transforms/Params': { P: "the posterior's parameters where a weight has no posterior of its own" },
  'transforms/WeightTree': { L: 'what stands in the place of each weight' },
  'transforms/WithTerms': { R: 'what the function returns' },
  'transforms/override': { O: 'the overrides as they are written' },
  'vmap/VmapArgument': { T: 'an argument for one sample' },
};

/** What the type parameter of a public name stands for; undefined where nobody has said so. */
export const typeParameterMeaning = (folder: string, name: string, parameter: string): string | undefined =>
  byName[`${folder}/${name}`]?.[parameter] ?? byFolder[folder]?.[parameter] ?? usual[parameter];

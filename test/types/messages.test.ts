import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = path.resolve('.');

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  types: [],
  paths: { 'tfjs-bayesian': [path.join(root, 'src/index.ts')] },
};

/** What every program begins with. */
const beginning = `import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian, categorical, checkpoint, elbo, flat, flipout, type Forward, gaussian, layer, type Likelihood, linear,
  localReparametrization, type Model, normal, pipe, pointMass, posteriorMean, predict, random, sequential, sgd,
  type Stochastic, trainStep, variable, vmapSamples, withDivergence, type WithLogProbs, withLogProbs,
} from 'tfjs-bayesian';

const net = sequential(linear(2, 3), tf.relu, linear(3, 1));
const model = bayesian()(net);
const likelihood = categorical();
const sampled = vmapSamples({ samples: 2 });
const terms = elbo({ likelihood, datasetSize: 10 });
const key = random.key(0);
const use = (...values: readonly unknown[]) => values;
use(flat, flipout, gaussian, layer, localReparametrization, normal, pointMass, posteriorMean, predict, variable, key);
use(checkpoint, sgd, trainStep, withDivergence, withLogProbs, sampled, terms, model, pipe);
`;

const notBayesian = 'pass the layer through bayesian() first';
const noTerms = 'pass the model through withLogProbs or withDivergence first';
const noPrior = 'pass a prior, such as normal() or flat()';
const notCalled = 'call bayesian() first, as in bayesian()(layer)';
const noLoss = 'make a loss with elbo first';
const noLikelihood = 'pass a likelihood, such as gaussian() or categorical()';
const noPosterior = 'pass a posterior, such as normal() or pointMass()';

/** Wrong programs, and the compiler's message for each. */
const wrong: readonly (readonly [code: string, message: string])[] = [
  ...[
    'withLogProbs(net)',
    'pipe(net, withLogProbs)',
    'pipe(net, withLogProbs, sampled, terms)',
    'withDivergence(net)',
    'pipe(net, withDivergence)',
    'withDivergence({ divergences: [] })(net)',
    'pipe(net, withDivergence({ divergences: [] }))',
    'predict(net, { likelihood })',
    'sampled(net)',
    'pipe(net, vmapSamples({ samples: 2 }))',
    'posteriorMean(net)',
    'pipe(net, posteriorMean)',
    'localReparametrization(net)',
    'pipe(net, localReparametrization)',
    'flipout(net)',
    'pipe(net, flipout)',
    'withLogProbs(linear(2, 1))',
    'checkpoint.save(net)',
    "checkpoint.save(net, { dtype: 'F16' })",
    'checkpoint.load(net)',
    'checkpoint.load(net, { optimizer: sgd({ learningRate: 1 }) })',
    'checkpoint.toBytes(net)',
    'checkpoint.fromTorchBlue(net)',
    'checkpoint.toTorchBlue(net)',
  ].map((code) => [code, notBayesian] as const),
  ...[
    'terms(sampled(model))',
    'pipe(model, sampled, terms)',
    'pipe(model, vmapSamples({ samples: 2 }), elbo({ likelihood: categorical(), datasetSize: 10 }))',
    "pipe(model, sampled, elbo({ likelihood, datasetSize: 10, dataFitting: 'predictive' }))",
    'terms(model.apply)',
    'terms(model)',
    'pipe(model, terms)',
    'terms(net)',
    'pipe(net, bayesian(), terms)',
  ].map((code) => [code, noTerms] as const),
  ...[
    'bayesian({ prior: categorical() })',
    'pipe(net, bayesian({ prior: categorical() }))',
    'bayesian({ prior: gaussian({ std: 1 }) })',
    'bayesian({ prior: pointMass() })',
    'linear(2, 1, { prior: categorical() })',
    'linear(2, 1, { weight: { prior: categorical() } })',
    'variable([2], { prior: categorical() })',
    'layer({ w: [2] }, () => (x: tf.Tensor) => x, { prior: categorical() })',
  ].map((code) => [code, noPrior] as const),
  ...[
    'bayesian(net)',
    'pipe(net, bayesian)',
    'pipe(net, bayesian, withLogProbs)',
    'pipe(net, bayesian, withLogProbs, sampled, terms)',
  ].map((code) => [code, notCalled] as const),
  ...[
    'trainStep(pipe(model, withLogProbs, sampled), sgd({ learningRate: 1 }))',
    'trainStep(pipe(model, withLogProbs), sgd({ learningRate: 1 }))',
    'trainStep(withDivergence(model), sgd({ learningRate: 1 }))',
    'trainStep(sampled(model), sgd({ learningRate: 1 }))',
    'trainStep(model, sgd({ learningRate: 1 }))',
    'trainStep(net, sgd({ learningRate: 1 }))',
  ].map((code) => [code, noLoss] as const),
  ...[
    'elbo({ likelihood: normal(), datasetSize: 10 })',
    'elbo({ likelihood: flat(), datasetSize: 10 })',
    "elbo({ likelihood: normal(), datasetSize: 10, dataFitting: 'predictive' })",
    'pipe(model, withLogProbs, sampled, elbo({ likelihood: normal(), datasetSize: 10 }))',
    'predict(model, { likelihood: normal() })',
    'predict(model, { likelihood: flat() })',
  ].map((code) => [code, noLikelihood] as const),
  ...[
    'bayesian({ posterior: categorical() })',
    'pipe(net, bayesian({ posterior: gaussian({ std: 1 }) }))',
    'bayesian({ posterior: flat() })',
    'linear(2, 1, { posterior: categorical() })',
    'linear(2, 1, { bias: { posterior: categorical() } })',
    'variable([2], { posterior: categorical() })',
    'layer({ w: [2] }, () => (x: tf.Tensor) => x, { posterior: categorical() })',
  ].map((code) => [code, noPosterior] as const),
];

const right: readonly string[] = [
  'trainStep(pipe(net, bayesian(), withLogProbs, sampled, terms), sgd({ learningRate: 1 }))',
  'trainStep((params: { w: tf.Tensor }, k, x: tf.Tensor, step) => ({ loss: tf.add(params.w, x), k, step }), sgd({ learningRate: 1 }))',
  'use(<P, B, R extends { readonly loss: tf.Tensor }>(loss: (params: P, k: typeof key, batch: B) => R) => trainStep(loss, sgd({ learningRate: 1 })))',
  'predict(model, { likelihood: gaussian({ std: 1 }) })',
  'pipe(net, bayesian(), withLogProbs, sampled, terms)',
  'pipe(net, bayesian({ prior: flat(), posterior: normal() }), flipout, withDivergence, terms)',
  'pipe(model, localReparametrization, withDivergence({ divergences: [] }), sampled, terms)',
  'const y: tf.Tensor = pipe(model, posteriorMean).apply(model.init(key), key, tf.zeros([1, 2])); use(y)',
  'const y: tf.Tensor = sampled(model)(model.init(key), key, tf.zeros([1, 2])); use(y)',
  'use(<P, F extends Forward>(of: Model<P, F>) => [withLogProbs(of), posteriorMean(of), withDivergence(of)])',
  "const p: ReturnType<typeof model.init> = model.init(key); use(checkpoint.save(model)('a')(p), checkpoint.load(model)('a'))",
  `use(<P, Y>(f: Stochastic<P, [tf.Tensor], WithLogProbs<Y>>, of: Likelihood<Y>) =>
    elbo({ likelihood: of, datasetSize: 1 })(f))`,
];

const programs: ReadonlyMap<string, string> = new Map(
  [...wrong.map(([code]) => code), ...right].map((code, index) => [
    code,
    path.join(root, `test/types/program${index}.ts`),
  ]),
);

const texts: ReadonlyMap<string, string> = new Map(
  [...programs].map(([code, file]) => [file, `${beginning}${code};\n`]),
);

/** The compiler, with these programs beside the files on disk. */
const compile = (): ts.Program => {
  const host = ts.createCompilerHost(options);
  return ts.createProgram([...texts.keys()], options, {
    ...host,
    fileExists: (file) => texts.has(path.normalize(file)) || host.fileExists(file),
    readFile: (file) => texts.get(path.normalize(file)) ?? host.readFile(file),
    getSourceFile: (file, languageVersion, ...others) => {
      const text = texts.get(path.normalize(file));
      return text === undefined
        ? host.getSourceFile(file, languageVersion, ...others)
        : ts.createSourceFile(file, text, languageVersion);
    },
  });
};

const program = compile();

/** The compiler's errors for a program: the lines of each. */
const compileErrors = (code: string): readonly (readonly string[])[] =>
  program
    .getSemanticDiagnostics(program.getSourceFile(programs.get(code)!))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n'));

describe('what the compiler says', () => {
  it.each(wrong)('of %s is one error, whose last line ends in what to do: %s', (code, message) => {
    const errors = compileErrors(code);
    expect(errors).toHaveLength(1);
    expect(errors[0]!.at(-1)!.slice(-message.length - 5)).toBe(`"${message}">'.`);
  });

  it.each(right)('of %s is nothing', (code) => {
    expect(compileErrors(code)).toEqual([]);
  });
});

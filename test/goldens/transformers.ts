import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import {
  type Forward,
  gelu,
  type Layer,
  layerNorm,
  multiheadAttention,
  transformer,
  transformerDecoder,
  transformerDecoderLayer,
  transformerEncoder,
  transformerEncoderLayer,
  tree,
  type Unary,
} from 'tfjs-bayesian';
import { camelCase } from './camelCase.ts';
import { notYet, type Possible } from './checked.ts';
import { type Expression, expressionOf, isExpression } from './expression.ts';

type AnyLayer = Layer<unknown, Forward>;
type Arguments = Readonly<Record<string, unknown>>;

/** The parameters of torch_blue's constructors in their order. */
const layerArguments = ['dModel', 'nhead', 'dimFeedforward', 'activation', 'layerNormEps'] as const;
const signatures = {
  VIMultiheadAttention: [
    ...['embedDim', 'numHeads', 'bias', 'addBiasKv', 'addZeroAttn', 'kdim', 'vdim', 'batchFirst'],
  ],
  VITransformerEncoderLayer: [...layerArguments, 'batchFirst', 'normFirst', 'bias'],
  VITransformerDecoderLayer: [...layerArguments, 'normFirst', 'batchFirst', 'bias'],
  VITransformerEncoder: ['encoderLayer', 'numLayers', 'norm'],
  VITransformerDecoder: ['decoderLayer', 'numLayers', 'norm'],
  VITransformer: [
    ...['dModel', 'nhead', 'numEncoderLayers', 'numDecoderLayers', 'dimFeedforward', 'activation'],
    ...['customEncoder', 'customDecoder', 'layerNormEps', 'batchFirst', 'normFirst', 'bias'],
  ],
  LayerNorm: ['normalizedShape', 'eps', 'elementwiseAffine', 'bias'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Name = keyof typeof signatures;

const argumentsOf = (name: Name, { args, options }: Expression): Arguments => {
  const given = [
    ...args.map((value, i) => [signatures[name][i] ?? `argument ${i}`, value] as const),
    ...Object.entries(options).map(([key, value]) => [camelCase(key), value] as const),
  ].filter(([, value]) => value !== null);
  const known: readonly string[] = [...signatures[name], 'batchFirst'];
  const unknown = given.find(([key]) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`${name} has no argument '${unknown[0]}' that this check knows`);
  return Object.fromEntries(given);
};

const activations: Readonly<Record<string, Unary>> = { relu: tf.relu, gelu };

const activationOf = (value: unknown): Unary => {
  const name = isExpression(value) ? value.name : String(value);
  const found = activations[name.toLowerCase()];
  if (found === undefined) throw new Error(`'${name}' is no activation that this check knows`);
  return found;
};

/** Length first, as torch_blue's layers can be told: the same layer with these two axes exchanged. */
const lengthFirst = (layer: AnyLayer): AnyLayer => {
  const swap = (x: unknown): unknown => (tree.isTensor(x) && x.rank === 3 ? tf.transpose(x, [1, 0, 2]) : x);
  return {
    ...layer,
    body: (parts) => {
      const f = layer.body(parts) as (...inputs: readonly unknown[]) => unknown;
      return ((...inputs: readonly unknown[]) => {
        const result = f(...inputs.map(swap));
        return tree.isTensor(result)
          ? swap(result)
          : { ...(result as object), output: swap((result as { output: unknown }).output) };
      }) as Forward;
    },
  };
};

const inner = (value: unknown): AnyLayer =>
  pipe(
    transformerOf(isExpression(value) ? value : expressionOf(String(value))),
    E.getOrElseW((why) => {
      throw new Error(why);
    }),
  );

/** A stack that is not told so has batches first or not as its layer has. */
const stackOf = (of: typeof transformerEncoder, given: Arguments, name: string): AnyLayer =>
  of(inner(given[name]) as never, Number(given.numLayers), {
    norm: (given.norm === undefined ? undefined : inner(given.norm)) as never,
  });

const makers: Readonly<Record<Name, (given: Arguments) => AnyLayer>> = {
  VIMultiheadAttention: ({ embedDim, numHeads, ...options }) =>
    multiheadAttention(Number(embedDim), Number(numHeads), options as never),
  VITransformerEncoderLayer: ({ dModel, nhead, ...options }) =>
    transformerEncoderLayer(Number(dModel), Number(nhead), options as never),
  VITransformerDecoderLayer: ({ dModel, nhead, ...options }) =>
    transformerDecoderLayer(Number(dModel), Number(nhead), options as never),
  VITransformerEncoder: (given) => stackOf(transformerEncoder, given, 'encoderLayer'),
  VITransformerDecoder: (given) => stackOf(transformerDecoder as never, given, 'decoderLayer'),
  VITransformer: ({ dModel = 32, nhead = 1, customEncoder, customDecoder, ...options }) =>
    transformer(Number(dModel), Number(nhead), {
      ...options,
      ...(customEncoder === undefined ? {} : { customEncoder: inner(customEncoder) }),
      ...(customDecoder === undefined ? {} : { customDecoder: inner(customDecoder) }),
    } as never),
  LayerNorm: ({ normalizedShape, ...options }) => layerNorm(normalizedShape as number, options as never),
};

const isName = (name: string): name is Name => Object.hasOwn(makers, name);

/** The library's layer for a part of torch_blue's transformers, or the reason why there is none. */
export const transformerOf = (call: Expression): Possible<AnyLayer> => {
  const { name } = call;
  if (!isName(name)) return notYet(name);
  const { batchFirst = name !== 'VITransformer', activation, ...given } = argumentsOf(name, call);
  if (given.normFirst === true) {
    return E.left(
      'norm_first: torch_blue adds the feed-forward block to the normalised input, this library and PyTorch to the input itself',
    );
  }
  const made = makers[name]({
    ...given,
    ...(activation === undefined ? {} : { activation: activationOf(activation) }),
  });
  return E.right(batchFirst === true ? made : lengthFirst(made));
};

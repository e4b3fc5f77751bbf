import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import {
  type Forward,
  type Layer,
  layerNorm,
  multiheadAttention,
  transformer,
  transformerDecoder,
  transformerDecoderLayer,
  transformerEncoder,
  transformerEncoderLayer,
  tree,
} from 'tfjs-bayesian';
import { type Possible, unknownName } from './checked.ts';
import { type Expression, isExpression, parseExpression } from './expression.ts';
import { readActivation } from './functions.ts';
import { type Arguments, namedArguments } from './signature.ts';

type AnyLayer = Layer<unknown, Forward>;

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

/** `batch_first` is in the signature of layers alone; a stack has its layers'. */
const makeArguments = (name: Name, call: Expression): Arguments =>
  namedArguments([...signatures[name], 'batchFirst'], call);

/** Length first, as an option of torch_blue's layers: the same layer with these two axes exchanged. */
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

const inner = (value: unknown): Possible<AnyLayer> =>
  readTransformer(isExpression(value) ? value : parseExpression(String(value)));

/** A part that need not be there. */
const optional = (value: unknown): Possible<AnyLayer | undefined> =>
  value === undefined ? E.right(undefined) : inner(value);

/** A stack without the option has batches first if its layer has. */
const readStack = (of: typeof transformerEncoder, given: Arguments, name: string): Possible<AnyLayer> =>
  pipe(
    inner(given[name]),
    E.bindTo('layer'),
    E.bind('norm', () => optional(given.norm)),
    E.map(({ layer, norm }) => of(layer as never, Number(given.numLayers), { norm: norm as never })),
  );

/** Encoders and decoders of one's own are called as the transformer is, whatever comes first. */
const custom = (value: unknown, batchFirst: boolean): Possible<AnyLayer | undefined> =>
  pipe(
    optional(value),
    E.map((layer) => (layer === undefined || batchFirst ? layer : lengthFirst(layer))),
  );

const readWhole = (
  { dModel = 32, nhead = 1, customEncoder, customDecoder, ...options }: Arguments,
  batchFirst: boolean,
): Possible<AnyLayer> =>
  pipe(
    custom(customEncoder, batchFirst),
    E.bindTo('encoder'),
    E.bind('decoder', () => custom(customDecoder, batchFirst)),
    E.map(({ encoder, decoder }) =>
      transformer(Number(dModel), Number(nhead), {
        ...options,
        ...(encoder && { customEncoder: encoder }),
        ...(decoder && { customDecoder: decoder }),
      } as never),
    ),
  );

type Maker = (given: Arguments, batchFirst: boolean) => Possible<AnyLayer>;

const makers: Readonly<Record<Name, Maker>> = {
  VIMultiheadAttention: ({ embedDim, numHeads, ...options }) =>
    E.right(multiheadAttention(Number(embedDim), Number(numHeads), options as never)),
  VITransformerEncoderLayer: ({ dModel, nhead, ...options }) =>
    E.right(transformerEncoderLayer(Number(dModel), Number(nhead), options as never)),
  VITransformerDecoderLayer: ({ dModel, nhead, ...options }) =>
    E.right(transformerDecoderLayer(Number(dModel), Number(nhead), options as never)),
  VITransformerEncoder: (given) => readStack(transformerEncoder, given, 'encoderLayer'),
  VITransformerDecoder: (given) => readStack(transformerDecoder as never, given, 'decoderLayer'),
  VITransformer: readWhole,
  LayerNorm: ({ normalizedShape, ...options }) =>
    E.right(layerNorm(normalizedShape as number, options as never)),
};

const isName = (name: string): name is Name => Object.hasOwn(makers, name);

/** The library's layer for a part of torch_blue's transformers, or the reason why there is none. */
export const readTransformer = (call: Expression): Possible<AnyLayer> => {
  const { name } = call;
  if (!isName(name)) return unknownName(name);
  const { batchFirst = name !== 'VITransformer', activation, ...given } = makeArguments(name, call);
  if (given.normFirst === true) {
    return E.left(
      'norm_first: torch_blue adds the feed-forward block to the normalised input, this library and PyTorch to the input itself',
    );
  }
  const own = {
    ...given,
    ...(activation === undefined
      ? {}
      : {
          activation: readActivation(
            isExpression(activation) ? activation : parseExpression(String(activation)),
          ),
        }),
  };
  return pipe(
    makers[name](own, batchFirst === true),
    E.map((made) => (batchFirst === true ? made : lengthFirst(made))),
  );
};

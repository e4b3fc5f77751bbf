import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import {
  conv1d,
  conv2d,
  conv3d,
  flatten,
  gelu,
  type Layer,
  linear,
  maxPool2d,
  residual,
  sequential,
  silu,
  type Unary,
} from 'tfjs-bayesian';
import type { Possible } from './checked.ts';
import { type Expression, expressionOf, isExpression } from './expression.ts';
import { transformerOf } from './transformers.ts';

/** A network of any inputs, which may return a record with its `output`. */
export type Net = Layer<unknown, (...inputs: readonly unknown[]) => unknown>;

type Chain = Layer<unknown, Unary>;
type Piece = Chain | Unary;

const activations: Readonly<Record<string, Unary>> = {
  ReLU: (x) => tf.relu(x),
  Tanh: (x) => tf.tanh(x),
  Sigmoid: (x) => tf.sigmoid(x),
  Softplus: (x) => tf.softplus(x),
  ELU: (x) => tf.elu(x),
  SiLU: silu,
  GELU: gelu,
  Identity: (x) => x,
};

const sizeOf = ({ name: module, args, options }: Expression, index: number, name: string): number => {
  const size = args[index] ?? options[name];
  if (typeof size !== 'number') throw new Error(`${module} has no '${name}'`);
  return size;
};

const linearOf = (call: Expression): Chain => {
  const bias = call.options.bias ?? true;
  if (typeof bias !== 'boolean') throw new Error(`VILinear has the bias ${String(bias)}`);
  return linear(sizeOf(call, 0, 'in_features'), sizeOf(call, 1, 'out_features'), { bias }) as Chain;
};

type Options = NonNullable<Parameters<typeof conv2d>[3]>;

/** Convolutions along one, two and three axes. */
const convolutions: Readonly<
  Record<string, (ins: number, outs: number, kernel: never, options: Options) => Chain>
> = {
  VIConv1d: conv1d as never,
  VIConv2d: conv2d as never,
  VIConv3d: conv3d as never,
};

const convolutionOf = (call: Expression): Chain => {
  const { padding_mode: paddingMode, stride, padding, dilation, groups, bias } = call.options;
  const given = { stride, padding, dilation, groups, bias, paddingMode };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const kernel = call.args[2] ?? call.options.kernel_size;
  return convolutions[call.name]!(
    sizeOf(call, 0, 'in_channels'),
    sizeOf(call, 1, 'out_channels'),
    kernel as never,
    options,
  );
};

const piecesOf = ({ args, options, name }: Expression): readonly Expression[] => {
  const pieces: unknown = options.modules ?? args;
  if (!Array.isArray(pieces)) throw new Error(`${name} has no modules`);
  return pieces.map((piece: unknown) => (isExpression(piece) ? piece : expressionOf(String(piece))));
};

/**
 * Along how many axes a module convolves, 0 where it does not. Where it does its tensors have channels, last here and
 * first in PyTorch.
 */
export const convolvedAxes = (call: Expression): number =>
  isChain(call)
    ? Math.max(0, ...piecesOf(call).map(convolvedAxes))
    : Object.keys(convolutions).indexOf(call.name) + 1;

const isChain = ({ name }: Expression): boolean => name === 'VISequential' || name === 'VIResidualConnection';

const chainOf = (call: Expression, channels: boolean): Possible<Chain> =>
  pipe(
    piecesOf(call),
    E.traverseArray((piece) => pieceOf(piece, channels)),
    E.map((pieces) => sequential(...(pieces as readonly [Piece])) as Chain),
  );

const pieceOf = (call: Expression, channels: boolean): Possible<Piece> => {
  if (call.name === 'VILinear') return E.right(linearOf(call));
  if (call.name in convolutions) return E.right(convolutionOf(call));
  if (call.name === 'MaxPool2d') return E.right(maxPool2d(sizeOf(call, 0, 'kernel_size')));
  if (call.name === 'VISequential') return chainOf(call, channels);
  if (call.name === 'VIResidualConnection')
    return pipe(
      chainOf(call, channels),
      E.map((inner) => residual(inner) as Chain),
    );
  // The next layer's weights count features as PyTorch does, channel by channel.
  if (call.name === 'Flatten') return E.right(flatten({ channelsFirst: channels }));
  const activation = activations[call.name];
  return activation === undefined ? (transformerOf(call) as Possible<Chain>) : E.right(activation);
};

/** The library's network for a torch_blue module, or the reason why there is none. */
export const netOf = (call: Expression): Possible<Net> =>
  pipe(
    pieceOf(call, convolvedAxes(call) > 0),
    E.map((piece) => (typeof piece === 'function' ? sequential(piece as Unary) : piece) as Net),
  );

import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { flatten, gelu, type Layer, linear, residual, sequential, silu, type Unary } from 'tfjs-bayesian';
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

const sizeOf = ({ args, options }: Expression, index: number, name: string): number => {
  const size = args[index] ?? options[name];
  if (typeof size !== 'number') throw new Error(`VILinear has no '${name}'`);
  return size;
};

const linearOf = (call: Expression): Chain => {
  const bias = call.options.bias ?? true;
  if (typeof bias !== 'boolean') throw new Error(`VILinear has the bias ${String(bias)}`);
  return linear(sizeOf(call, 0, 'in_features'), sizeOf(call, 1, 'out_features'), { bias }) as Chain;
};

const piecesOf = ({ args, options, name }: Expression): readonly Expression[] => {
  const pieces: unknown = options.modules ?? args;
  if (!Array.isArray(pieces)) throw new Error(`${name} has no modules`);
  return pieces.map((piece: unknown) => (isExpression(piece) ? piece : expressionOf(String(piece))));
};

const chainOf = (call: Expression): Possible<Chain> =>
  pipe(
    piecesOf(call),
    E.traverseArray(pieceOf),
    E.map((pieces) => sequential(...(pieces as readonly [Piece])) as Chain),
  );

const pieceOf = (call: Expression): Possible<Piece> => {
  if (call.name === 'VILinear') return E.right(linearOf(call));
  if (call.name === 'VISequential') return chainOf(call);
  if (call.name === 'VIResidualConnection')
    return pipe(
      chainOf(call),
      E.map((inner) => residual(inner) as Chain),
    );
  if (call.name === 'Flatten') return E.right(flatten());
  const activation = activations[call.name];
  return activation === undefined ? (transformerOf(call) as Possible<Chain>) : E.right(activation);
};

/** The library's network for a torch_blue module, or the reason why there is none. */
export const netOf = (call: Expression): Possible<Net> =>
  pipe(
    pieceOf(call),
    E.map((piece) => (typeof piece === 'function' ? sequential(piece as Unary) : piece) as Net),
  );

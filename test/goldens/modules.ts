import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import {
  conv1d,
  conv2d,
  conv3d,
  deterministic,
  type Layer,
  linear,
  residual,
  sequential,
  type Unary,
} from 'tfjs-bayesian';
import type { Possible } from './checked.ts';
import { type Expression, isExpression, parseExpression } from './expression.ts';
import { lookUpFunction } from './functions.ts';
import { isFields } from './json.ts';
import { className, namedArguments, readNumber } from './signature.ts';
import { readTransformer } from './transformers.ts';

/** A network of any inputs, which may return a record with its `output`. */
export type Net = Layer<unknown, (...inputs: readonly unknown[]) => unknown>;

type Chain = Layer<unknown, Unary>;
type Piece = Chain | Unary;

const linearWith = (call: Expression): Chain => {
  const { bias = true, ...given } = namedArguments(['inFeatures', 'outFeatures', 'bias'], call);
  const size = (name: string): number => readNumber(given, call.name, name);
  return linear(size('inFeatures'), size('outFeatures'), { bias: bias as boolean }) as Chain;
};

type Options = NonNullable<Parameters<typeof conv2d>[3]>;

/** Convolutions along one, two and three axes. */
const convolutions: readonly ((ins: number, outs: number, kernel: never, options: Options) => Chain)[] = [
  conv1d as never,
  conv2d as never,
  conv3d as never,
];

/** Along how many axes a module of torch_blue or of torch.nn convolves, 0 where it does not. */
const ownAxes = ({ name }: Expression): number =>
  Number(/^(?:VI)?Conv([123])d$/.exec(className(name))?.[1] ?? 0);

const readConvolution = (call: Expression): Chain => {
  const { inChannels, outChannels, kernelSize, ...options } = namedArguments(
    [
      ...['inChannels', 'outChannels', 'kernelSize', 'stride', 'padding', 'dilation', 'groups', 'bias'],
      'paddingMode',
    ],
    call,
  );
  const size = (name: string): number => readNumber({ inChannels, outChannels }, call.name, name);
  return convolutions[ownAxes(call) - 1]!(
    size('inChannels'),
    size('outChannels'),
    kernelSize as never,
    options as Options,
  );
};

/** The modules of a container by their names there, which are numbers if nothing is said. */
const readPieces = ({ args, options, name }: Expression): readonly (readonly [string, Expression])[] => {
  const pieces: unknown = options.modules ?? args;
  if (!Array.isArray(pieces) && !isFields(pieces)) throw new Error(`${name} has no modules`);
  return Object.entries(pieces).map(([key, piece]: readonly [string, unknown]) => [
    key,
    isExpression(piece) ? piece : parseExpression(String(piece)),
  ]);
};

const isChain = ({ name }: Expression): boolean =>
  ['VISequential', 'VIResidualConnection', 'Sequential'].includes(className(name));

/**
 * Along how many axes a module convolves, 0 where it does not. Where it does its tensors have channels, last here and
 * first in PyTorch.
 */
export const convolvedAxes = (call: Expression): number =>
  isChain(call) ? Math.max(0, ...readPieces(call).map(([, piece]) => convolvedAxes(piece))) : ownAxes(call);

const readChain = (call: Expression, channels: boolean): Possible<Chain> => {
  const calls = readPieces(call);
  const named = isFields(call.options.modules);
  return pipe(
    calls,
    E.traverseArray(([, piece]) => readPiece(piece, channels)),
    E.map(
      (pieces) =>
        (named
          ? sequential(Object.fromEntries(pieces.map((piece, i) => [calls[i]![0], piece])) as never)
          : sequential(...(pieces as readonly [Piece]))) as Chain,
    ),
  );
};

const readPiece = (call: Expression, channels: boolean): Possible<Piece> => {
  const name = className(call.name);
  const f = lookUpFunction(call, channels);
  if (f !== undefined) return E.right(f);
  if (name === 'VILinear') return E.right(linearWith(call));
  if (name === 'Linear') return E.right(deterministic(linearWith(call)) as Chain);
  if (ownAxes(call) > 0) {
    const convolution = readConvolution(call);
    return E.right(name.startsWith('VI') ? convolution : (deterministic(convolution) as Chain));
  }
  if (!isChain(call)) return readTransformer({ ...call, name }) as Possible<Chain>;
  const chain = readChain(call, channels);
  return name === 'VIResidualConnection'
    ? pipe(
        chain,
        E.map((inner) => residual(inner) as Chain),
      )
    : chain;
};

/** The library's network for a torch_blue module, or the reason why there is none. */
export const readNet = (call: Expression): Possible<Net> =>
  pipe(
    readPiece(call, convolvedAxes(call) > 0),
    E.map((piece) => (typeof piece === 'function' ? sequential(piece as Unary) : piece) as Net),
  );

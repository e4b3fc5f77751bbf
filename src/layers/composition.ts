import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape, tag } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { layer } from './core/layer.ts';
import type { Forward, Layer, Spec, Unary, WeightsOf } from './core/part.ts';

/** An element of a chain: a plain function of tensors, or a layer that becomes one. */
export type Piece<F extends (x: Tensor) => unknown = Unary> = F | Layer<unknown, F>;

/** The weights of a chain: those of its layers, by position or by name. */
export type ChainWeights<L> = {
  readonly [K in keyof L as L[K] extends Layer<infer W, Forward>
    ? keyof W extends never
      ? never
      : L extends readonly unknown[]
        ? K extends (number extends L['length'] ? number : `${number}`)
          ? K
          : never
        : K
    : never]: L[K] extends Layer<infer W, Forward> ? W : never;
};

type Result<L> = L extends Piece<infer F> ? ReturnType<F> : L extends (x: Tensor) => infer Y ? Y : never;

/** The result of a chain by name: a tensor, or the type that its one other piece returns. */
type NamedResult<L> = [Exclude<Result<L[keyof L]>, Tensor>] extends [never]
  ? Tensor
  : Exclude<Result<L[keyof L]>, Tensor>;

const isLayer = (piece: unknown): piece is Layer<unknown, Unary> => tag(piece) === 'Layer';

const chain = (pieces: readonly (readonly [string, Piece])[]): Layer<unknown, Unary> => {
  for (const [name, piece] of pieces) {
    if (typeof piece !== 'function' && !isLayer(piece)) {
      invalidArgument(`sequential: piece '${name}'`, 'a layer or a function of a tensor', piece);
    }
  }
  const spec: Spec = Object.fromEntries(
    pieces.flatMap(([name, piece]) => (isLayer(piece) ? [[name, piece] as const] : [])),
  );
  return layer(spec, (parts) => {
    const functions = pieces.map(
      ([name, piece]) =>
        [name, typeof piece === 'function' ? piece : (parts[name] as unknown as Unary)] as const,
    );
    return (x: Tensor) =>
      functions.reduce(
        (h, [name, f]) =>
          isTensor(h)
            ? f(h)
            : invalidArgument(`sequential: input of piece '${name}'`, 'a tensor', h, hintForBatch(h)),
        x,
      );
  });
};

/** A batch in place of inputs: a training step whose loss is a model. */
const hintForBatch = (input: unknown): string | undefined =>
  typeof input === 'object' && input !== null && 'inputs' in input && 'targets' in input
    ? 'a loss takes a batch: make one with elbo'
    : undefined;

/** JavaScript orders names like '1' before all others, however they were written. */
const named = (pieces: Readonly<Record<string, Piece>>): readonly (readonly [string, Piece])[] => {
  const number = Object.keys(pieces).find((name) => /^\d+$/.test(name));
  if (number !== undefined) invalidArgument('sequential: names', 'other than integers', number);
  return Object.entries(pieces);
};

/**
 * Applies layers and plain functions one after another. Weights are addressed by position (`params['0'].weight`)
 * or, with a record, by name. The last piece may return any tree of tensors.
 *
 * @throws Error if a piece is neither a layer nor a function, or a name is an integer
 * @example
 * const net = sequential(flatten(), linear(784, 64), tf.relu, linear(64, 10));
 * const named = sequential({
 *   hidden: linear(784, 64),
 *   act: tf.relu,
 *   out: linear(64, 10),
 * });
 */
export function sequential<const L extends { readonly [name: string]: Piece<(x: Tensor) => unknown> }>(
  pieces: L & { readonly _tag?: never },
): Layer<ChainWeights<L>, (x: Tensor) => NamedResult<L>>;
export function sequential<
  const L extends readonly Piece[],
  const Last extends Piece<(x: Tensor) => unknown>,
>(...pieces: readonly [...L, Last]): Layer<ChainWeights<readonly [...L, Last]>, (x: Tensor) => Result<Last>>;
export function sequential<const L extends readonly Piece[]>(...pieces: L): Layer<ChainWeights<L>, Unary>;
export function sequential(...pieces: readonly unknown[]): Layer<unknown, Unary> {
  const [only] = pieces;
  if (Array.isArray(only)) invalidArgument('sequential: pieces', 'one by one, as in sequential(a, b)', only);
  return pieces.length === 1 && typeof only === 'object' && only !== null && tag(only) === undefined
    ? chain(named(only as Readonly<Record<string, Piece>>))
    : chain(pieces.map((piece, index) => [String(index), piece as Piece]));
}

/** The weights of a residual connection: those of the inner layer, if it has any. */
export type ResidualWeights<W> = WeightsOf<{ readonly inner: Layer<W, Unary> }>;

/**
 * Adds a layer's input to its output: `x + inner(x)` (He et al. 2016). The weights are under `inner`.
 *
 * @throws Error, when called, if the inner layer changes the shape
 * @example
 * const block = residual(sequential(linear(8, 16), tf.relu, linear(16, 8)));
 */
export const residual = <W>(inner: Layer<W, Unary>): Layer<ResidualWeights<W>, Unary> =>
  layer({ inner }, (parts) => (x: tf.Tensor): tf.Tensor => {
    const change = parts.inner(x);
    return sameShape(change.shape, x.shape)
      ? tf.add(x, change)
      : invalidArgument(
          'residual: output of the inner layer',
          `of the input's shape [${x.shape.join(', ')}]`,
          change,
        );
  }) as Layer<never, Unary>;

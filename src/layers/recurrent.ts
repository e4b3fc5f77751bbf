import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import * as RR from 'fp-ts/lib/ReadonlyRecord.js';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  optionalOptions,
  positiveInteger,
  sameShape,
} from '../check/index.ts';
import { isNode, isTensor } from '../tree/index.ts';
import { layer } from './core/layer.ts';
import {
  type Layer,
  type Only,
  pickWeightOptions,
  type VariableOptions,
  type Weight,
  type WeightOptions,
  type WithNamed,
  type WithOptions,
  weightOptionNames,
} from './core/part.ts';
import { named } from './core/variable.ts';
import { checkSequence } from './inputs.ts';

/** `L0`, or `L0`, `L1`, ... if there may be more layers, with the suffix `Reverse` for the second direction. */
type PlaceOf<O> = `${O extends { readonly numLayers: number } ? `L${number}` : 'L0'}${O extends {
  readonly bidirectional: true;
}
  ? '' | 'Reverse'
  : ''}`;

/**
 * The matrices of a recurrent layer, named as in PyTorch, for each layer and direction: `weightIhL0`
 * `[in, gates * hidden]` and `weightHhL0` `[hidden, gates * hidden]`.
 */
export type RecurrentMatrices<O> = {
  readonly [K in `weight${'Ih' | 'Hh'}${PlaceOf<O>}`]: Weight;
};

/** The biases of a recurrent layer, for each layer and direction: `biasIhL0` and `biasHhL0` `[gates * hidden]`. */
export type RecurrentBiases<O> = {
  readonly [K in `bias${'Ih' | 'Hh'}${PlaceOf<O>}`]: Weight;
};

/** Options of a recurrent layer's variables by name. */
export type RecurrentVariables = {
  readonly [K in `${'weight' | 'bias'}${'Ih' | 'Hh'}L${number}${'' | 'Reverse'}`]?: VariableOptions;
};

/** The weights of a recurrent layer with given options; variables set by name appear by name. */
export type RecurrentWeightsOf<O> = WithNamed<
  RecurrentMatrices<O> &
    (O extends { readonly bias: false } ? unknown : RecurrentBiases<O>) & {
      readonly [K in Extract<keyof O, keyof RecurrentVariables>]: Weight;
    },
  O
>;

/** Options of `lstm` and `gru` and of their weights. */
export interface RecurrentOptions extends WeightOptions, RecurrentVariables {
  /** How many layers are stacked; default 1. */
  readonly numLayers?: number;
  /** Whether there are biases, one for the input and one for the state; default true. */
  readonly bias?: boolean;
  /** Whether to add a second chain from the end to the start; default false. */
  readonly bidirectional?: boolean;
}

const optionNames: OptionNames<Omit<RecurrentOptions, keyof RecurrentVariables>> = {
  ...weightOptionNames,
  numLayers: true,
  bias: true,
  bidirectional: true,
};

/** The tensors of a state by name. */
export type State<K extends string = string> = Readonly<Record<K, tf.Tensor>>;

/** The result of a recurrent layer. */
export interface Recurred<K extends string> {
  /** The last layer's state at each position, `[batch, length, directions * hidden]`. */
  readonly output: tf.Tensor;
  /** The states after the last position, each `[numLayers * directions, batch, hidden]`. */
  readonly state: State<K>;
}

/** One kind of recurrence. */
export interface Cell<K extends string> {
  readonly name: string;
  readonly gates: number;
  /** The names of a state's tensors; the first is the input of the next layer. */
  readonly parts: readonly [K, ...K[]];
  /** The next state; the input's and the state's contributions to the gates are `[batch, gates * hidden]` each. */
  readonly step: (fromInput: tf.Tensor, fromState: tf.Tensor, state: State<K>) => State<K>;
}

/** A recurrent layer's function: `[batch, length, in]` to its output and state. */
export type RecurrentForward<K extends string> = (
  x: tf.Tensor,
  options?: { readonly state?: State<K> | undefined },
) => Recurred<K>;

const callOptionNames: OptionNames<{ readonly state?: unknown }> = { state: true };

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** `x W + b` for rows, `[rows, in]` to `[rows, out]`. */
const affineMap =
  (own: Tensors, kind: 'Ih' | 'Hh', place: string) =>
  (x: tf.Tensor): tf.Tensor => {
    const product = tf.matMul(x as tf.Tensor2D, own[`weight${kind}${place}`] as tf.Tensor2D);
    const bias = own[`bias${kind}${place}`];
    return bias === undefined ? product : tf.add(product, bias);
  };

/** One chain over positions `[length, batch, in]`: the state after each of them, in input order. */
const chain = <K extends string>(
  { step, parts }: Cell<K>,
  own: Tensors,
  place: string,
  x: tf.Tensor,
  start: State<K>,
): { readonly outputs: tf.Tensor; readonly last: State<K> } => {
  const [length = 1, batch = 1, features = 1] = x.shape;
  // The input's contributions are one product for all positions; only the state's are sequential.
  const fromInput = affineMap(own, 'Ih', place)(tf.reshape(x, [length * batch, features]));
  const positions = tf.unstack(tf.reshape(fromInput, [length, batch, -1]));
  const fromState = affineMap(own, 'Hh', place);
  const backwards = place.endsWith('Reverse');
  const states = pipe(
    backwards ? [...positions].reverse() : positions,
    RA.scanLeft(start, (state, input) => step(input, fromState(state[parts[0]]), state)),
  );
  const outputs = states.slice(1).map((state) => state[parts[0]]);
  return { outputs: tf.stack(backwards ? outputs.reverse() : outputs), last: states.at(-1) as State<K> };
};

interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly directions: readonly string[];
}

/** The shapes of the variables by name. */
const weightShapes = (
  gates: number,
  bias: boolean,
  { inputSize, hiddenSize, numLayers, directions }: Sizes,
): Readonly<Record<string, readonly number[]>> => {
  const own = (...shape: readonly number[]) => shape;
  const each = Array.from({ length: numLayers }, (_, index) =>
    directions.flatMap((direction) => {
      const place = `L${index}${direction}`;
      const features = index === 0 ? inputSize : hiddenSize * directions.length;
      return [
        [`weightIh${place}`, own(features, gates * hiddenSize)],
        [`weightHh${place}`, own(hiddenSize, gates * hiddenSize)],
        ...(bias ? ['Ih', 'Hh'].map((kind) => [`bias${kind}${place}`, own(gates * hiddenSize)]) : []),
      ];
    }),
  );
  return Object.fromEntries(each.flat());
};

/** The initial states, `[layers * directions, batch, hidden]` each: those given, or zeros. */
const initialState = <K extends string>(
  { name, parts }: Cell<K>,
  given: State<K> | undefined,
  shape: readonly number[],
  unbatched: boolean,
): State<K> => {
  if (given !== undefined && !isNode(given))
    invalidArgument(`${name}: state`, `a record of ${parts.join(' and ')}`, given);
  const wanted = unbatched ? shape.filter((_, axis) => axis !== 1) : shape;
  const entries = parts.map((part) => {
    if (given === undefined) return [part, tf.zeros([...shape])] as const;
    const own: unknown = given[part];
    return isTensor(own) && sameShape(own.shape, wanted)
      ? ([part, tf.reshape(own, [...shape])] as const)
      : invalidArgument(`${name}: state.${part}`, `a tensor of shape [${wanted.join(', ')}]`, own);
  });
  return Object.fromEntries(entries) as State<K>;
};

const recurrentBody =
  <K extends string>(cell: Cell<K>, sizes: Sizes) =>
  (own: Tensors): RecurrentForward<K> =>
  (x, options = {}) => {
    const { state } = knownOptions(cell.name, options, callOptionNames);
    const { inputSize, hiddenSize, numLayers, directions } = sizes;
    checkSequence(`${cell.name}: input`, x, inputSize);
    const unbatched = x.rank === 2;
    const batched = unbatched ? tf.expandDims(x, 0) : x;
    const chains = numLayers * directions.length;
    const starts = initialState(cell, state, [chains, batched.shape[0] ?? 1, hiddenSize], unbatched);
    const apart = cell.parts.map((part) => [part, tf.unstack(starts[part])] as const);
    const startAt = (index: number) =>
      Object.fromEntries(apart.map(([part, each]) => [part, each[index]])) as State<K>;
    const first = { x: tf.transpose(batched, [1, 0, 2]) as tf.Tensor, lasts: [] as readonly State<K>[] };
    const through = Array.from({ length: numLayers }).reduce<typeof first>((before, _, index) => {
      const runs = directions.map((direction, d) =>
        chain(cell, own, `L${index}${direction}`, before.x, startAt(index * directions.length + d)),
      );
      return {
        x: tf.concat(
          runs.map(({ outputs }) => outputs),
          2,
        ),
        lasts: [...before.lasts, ...runs.map(({ last }) => last)],
      };
    }, first);
    const lower = (y: tf.Tensor, axis: number): tf.Tensor => (unbatched ? tf.squeeze(y, [axis]) : y);
    const stacked = cell.parts.map(
      (part) => [part, lower(tf.stack(through.lasts.map((last) => last[part])), 1)] as const,
    );
    return {
      output: lower(tf.transpose(through.x, [1, 0, 2]), 0),
      state: Object.fromEntries(stacked) as State<K>,
    };
  };

/** A recurrent layer of a kind. Its weights are sampled once for the whole sequence. */
const recurrent =
  <K extends string>(cell: Cell<K>) =>
  (
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions | undefined,
  ): Layer<never, RecurrentForward<K>> => {
    const { name, gates } = cell;
    const { numLayers = 1, bias = true, bidirectional = false } = options ?? {};
    const sizes: Sizes = {
      inputSize: positiveInteger(`${name}: inputSize`, inputSize),
      hiddenSize: positiveInteger(`${name}: hiddenSize`, hiddenSize),
      numLayers: positiveInteger(`${name}: numLayers`, numLayers),
      directions: bidirectional ? ['', 'Reverse'] : [''],
    };
    const shapes = weightShapes(gates, bias, sizes);
    const given = optionalOptions(name, options, { ...optionNames, ...RR.map(() => true as const)(shapes) });
    // PyTorch initializes all of these uniformly within 1 / sqrt(hidden).
    const spec = RR.mapWithIndex((each: string, shape: readonly number[]) =>
      named(name, each, shape, (given as Readonly<Record<string, VariableOptions>>)[each], {
        fanIn: hiddenSize,
      }),
    )(shapes);
    return layer(spec, recurrentBody(cell, sizes) as never, pickWeightOptions(given)) as Layer<
      never,
      RecurrentForward<K>
    >;
  };

const thirds = (x: tf.Tensor) => tf.split(x, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];

const gruCell = recurrent({
  name: 'gru',
  gates: 3,
  parts: ['hidden'],
  step: (fromInput, fromState, { hidden }) => {
    const [resetInput, updateInput, candidateInput] = thirds(fromInput);
    const [resetState, updateState, candidateState] = thirds(fromState);
    const reset = tf.sigmoid(tf.add(resetInput, resetState));
    const update = tf.sigmoid(tf.add(updateInput, updateState));
    const candidate = tf.tanh(tf.add(candidateInput, tf.mul(reset, candidateState)));
    return { hidden: tf.add(candidate, tf.mul(update, tf.sub(hidden, candidate))) };
  },
});

/**
 * A gated recurrent unit (Cho et al. 2014) in PyTorch's form, in which the reset gate multiplies the state's
 * contribution to the candidate, bias included, and with its gate order: reset, update, candidate. Called on
 * `[batch, length, in]` or `[length, in]`, it returns `{ output, state: { hidden } }`; pass a previous `state` in the
 * options. Its weights are sampled once for the whole sequence.
 *
 * @throws Error if a size is not a positive integer; when called, for an input or state of another shape
 * @example
 * const net = layer({ memory: gru(3, 16), out: linear(16, 1) }, ({ memory, out }) =>
 *   (x: tf.Tensor) => out(memory(x).output));
 */
export const gru = <const O extends RecurrentOptions = Record<never, never>>(
  inputSize: number,
  hiddenSize: number,
  options?: Only<O, RecurrentOptions>,
): Layer<WithOptions<RecurrentWeightsOf<O>, O>, RecurrentForward<'hidden'>> =>
  gruCell(inputSize, hiddenSize, options);

const lstmCell = recurrent({
  name: 'lstm',
  gates: 4,
  parts: ['hidden', 'cell'],
  step: (fromInput, fromState, { cell: before }) => {
    const [input, forget, candidate, output] = tf.split(tf.add(fromInput, fromState), 4, 1) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const kept = tf.mul(tf.sigmoid(forget), before);
    const after = tf.add(kept, tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
    return { hidden: tf.mul(tf.sigmoid(output), tf.tanh(after)), cell: after };
  },
});

/**
 * A long short-term memory (Hochreiter and Schmidhuber 1997), batch first, with PyTorch's gate order: input,
 * forget, candidate, output. Called on `[batch, length, in]` or `[length, in]`, it returns `{ output, state: {
 * hidden, cell } }`; pass a previous `state` in the options. Its weights are sampled once for the whole sequence.
 *
 * @throws Error if a size is not a positive integer; when called, for an input or state of another shape
 * @example
 * const net = layer({ memory: lstm(3, 16), out: linear(16, 1) }, ({ memory, out }) =>
 *   (x: tf.Tensor) => out(memory(x).output));
 */
export const lstm = <const O extends RecurrentOptions = Record<never, never>>(
  inputSize: number,
  hiddenSize: number,
  options?: Only<O, RecurrentOptions>,
): Layer<WithOptions<RecurrentWeightsOf<O>, O>, RecurrentForward<'hidden' | 'cell'>> =>
  lstmCell(inputSize, hiddenSize, options);

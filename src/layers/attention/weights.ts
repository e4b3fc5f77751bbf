import type { Tensor } from '@tensorflow/tfjs-core';
import { split } from '@tensorflow/tfjs-core';
import type { OptionNames } from '../../check/index.ts';
import type { VariableOptions, Weight } from '../core/part.ts';

/** The projections of query, key and value side by side in `inProjWeight` `[embed, 3 embed]`. */
export interface PackedProjections {
  readonly inProjWeight: Weight;
  /** `[embed, embed]`. */
  readonly outProjWeight: Weight;
}

/** Separate projections, for keys or values of another size. */
export interface SeparateProjections {
  /** `[embed, embed]`. */
  readonly qProjWeight: Weight;
  /** `[kdim, embed]`. */
  readonly kProjWeight: Weight;
  /** `[vdim, embed]`. */
  readonly vProjWeight: Weight;
  /** `[embed, embed]`. */
  readonly outProjWeight: Weight;
}

/** The biases of the projections. */
export interface ProjectionBiases {
  /** `[3 embed]`: those of query, key and value. */
  readonly inProjBias: Weight;
  /** `[embed]`. */
  readonly outProjBias: Weight;
}

/** A key and a value that every position may attend to, each `[embed]`. */
export interface KeyValueBiases {
  readonly biasK: Weight;
  readonly biasV: Weight;
}

/** The options of an attention that determine its weights. */
export interface AttentionShape {
  readonly embedDim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly bias: boolean;
  readonly addBiasKv: boolean;
}

/** Options of an attention's variables by name. */
export interface AttentionVariables {
  /** Options of the packed projections of query, key and value. */
  readonly inProjWeight?: VariableOptions;
  /** Options of the output projection. */
  readonly outProjWeight?: VariableOptions;
  /** Options of the query's projection, if separate. */
  readonly qProjWeight?: VariableOptions;
  /** Options of the key's projection, if separate. */
  readonly kProjWeight?: VariableOptions;
  /** Options of the value's projection, if separate. */
  readonly vProjWeight?: VariableOptions;
  /** Options of the biases of query, key and value. */
  readonly inProjBias?: VariableOptions;
  /** Options of the output projection's bias. */
  readonly outProjBias?: VariableOptions;
  /** Options of the appended key. */
  readonly biasK?: VariableOptions;
  /** Options of the appended value. */
  readonly biasV?: VariableOptions;
}

/** The names of `AttentionVariables`. */
export const attentionVariables: OptionNames<AttentionVariables> = {
  inProjWeight: true,
  outProjWeight: true,
  qProjWeight: true,
  kProjWeight: true,
  vProjWeight: true,
  inProjBias: true,
  outProjBias: true,
  biasK: true,
  biasV: true,
};

/** The shapes of an attention's weights, in PyTorch's order: the first sets the fan-in of all. */
export const attentionShapes = ({
  embedDim,
  kdim,
  vdim,
  bias,
  addBiasKv,
}: AttentionShape): Readonly<Record<string, readonly number[]>> => ({
  ...(kdim === embedDim && vdim === embedDim
    ? { inProjWeight: [embedDim, 3 * embedDim] }
    : {
        qProjWeight: [embedDim, embedDim],
        kProjWeight: [kdim, embedDim],
        vProjWeight: [vdim, embedDim],
      }),
  outProjWeight: [embedDim, embedDim],
  ...(bias ? { inProjBias: [3 * embedDim], outProjBias: [embedDim] } : {}),
  ...(addBiasKv ? { biasK: [embedDim], biasV: [embedDim] } : {}),
});

/** The tensors that an attention has, by name. */
export type AttentionTensors = Readonly<Record<string, Tensor | undefined>>;

/** A projection and its bias. */
export interface Projection {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

const thirds = (packed: Tensor | undefined, axis: number): readonly (Tensor | undefined)[] =>
  packed === undefined ? [] : split(packed, 3, axis);

/** The projections of query, key and value, packed or separate. */
export const projections = (own: AttentionTensors): readonly [Projection, Projection, Projection] => {
  const weights =
    own.inProjWeight === undefined
      ? [own.qProjWeight, own.kProjWeight, own.vProjWeight]
      : thirds(own.inProjWeight, 1);
  const biases = thirds(own.inProjBias, 0);
  const of = (i: number): Projection => ({ weight: weights[i]!, bias: biases[i] });
  return [of(0), of(1), of(2)];
};

import type { VariableOptions, Weight, WithNamed } from './part.ts';

/** `L0`, or `L0`, `L1`, ... where there may be more layers, with `Reverse` behind for the second direction. */
type PlaceOf<O> = `${O extends { readonly numLayers: number } ? `L${number}` : 'L0'}${O extends {
  readonly bidirectional: true;
}
  ? '' | 'Reverse'
  : ''}`;

/**
 * The matrices of a recurrent layer, called as in PyTorch, for each layer and direction: `weightIhL0`
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

/** The weights of a recurrent layer with given options; those that these set by name stand there by name. */
export type RecurrentWeightsOf<O> = WithNamed<
  RecurrentMatrices<O> &
    (O extends { readonly bias: false } ? unknown : RecurrentBiases<O>) & {
      readonly [K in Extract<keyof O, keyof RecurrentVariables>]: Weight;
    },
  O
>;

import type { Weight } from './part.ts';

type Place<Bidirectional> = `L${number}${Bidirectional extends true ? '' | 'Reverse' : ''}`;

/**
 * The weights of a recurrent layer, called as in PyTorch. For each layer (`L0`, `L1`, ...) and direction (`Reverse`
 * behind for the second) there are `weightIhL0` `[in, gates * hidden]` and `weightHhL0` `[hidden, gates * hidden]`.
 */
export type RecurrentMatrices<Bidirectional = false> = {
  readonly [K in `weight${'Ih' | 'Hh'}${Place<Bidirectional>}`]: Weight;
};

/** The biases of a recurrent layer: `biasIhL0` and `biasHhL0` `[gates * hidden]`. */
export type RecurrentBiases<Bidirectional = false> = {
  readonly [K in `bias${'Ih' | 'Hh'}${Place<Bidirectional>}`]: Weight;
};

type IsBidirectional<O> = O extends { readonly bidirectional: true } ? true : false;

/** The weights of a recurrent layer with given options. */
export type RecurrentWeightsOf<O> = RecurrentMatrices<IsBidirectional<O>> &
  (O extends { readonly bias: false } ? unknown : RecurrentBiases<IsBidirectional<O>>);

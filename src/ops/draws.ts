/**
 * The names of kernels that generate random numbers on the backend. A backend may lack them: src/random generates the
 * same numbers in JavaScript. They take no inputs, only `DrawAttributes` and the attributes in `DrawKernel`.
 */
export const drawKernels = {
  bernoulli: 'TfjsBayesianBernoulli',
  standardNormal: 'TfjsBayesianStandardNormal',
  uniform: 'TfjsBayesianUniform',
} as const;

/** The attributes that all of these kernels take. */
export interface DrawAttributes {
  /** The two words of each key. The keys fill equal, consecutive parts of the result. */
  readonly words: readonly number[];
  /** The shape of the result, which is float32. */
  readonly shape: readonly number[];
}

/** One of these kernels, and its own attributes. */
export type DrawKernel =
  | { readonly name: typeof drawKernels.standardNormal; readonly attrs: Readonly<Record<string, never>> }
  | {
      readonly name: typeof drawKernels.uniform;
      readonly attrs: { readonly low: number; readonly range: number };
    }
  | { readonly name: typeof drawKernels.bernoulli; readonly attrs: { readonly threshold: number } };

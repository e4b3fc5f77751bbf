/**
 * The names of kernels that make random numbers where the tensors live. A backend need not have them: src/random makes
 * the same numbers in JavaScript. They take no inputs, but `DrawAttributes` and what `DrawKernel` names.
 */
export const drawKernels = {
  bernoulli: 'TfjsBayesianBernoulli',
  standardNormal: 'TfjsBayesianStandardNormal',
  uniform: 'TfjsBayesianUniform',
} as const;

/** What each of these kernels takes. */
export interface DrawAttributes {
  /** The two words of each key. The keys fill equal parts of the result, one after the other. */
  readonly words: readonly number[];
  /** The shape of the result, which is float32. */
  readonly shape: readonly number[];
}

/** One of these kernels, and the attributes that it alone takes. */
export type DrawKernel =
  | { readonly name: typeof drawKernels.standardNormal; readonly attrs: Readonly<Record<string, never>> }
  | {
      readonly name: typeof drawKernels.uniform;
      readonly attrs: { readonly low: number; readonly range: number };
    }
  | { readonly name: typeof drawKernels.bernoulli; readonly attrs: { readonly threshold: number } };

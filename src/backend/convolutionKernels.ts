/**
 * The names of kernels for convolutions of one, two and three axes, with groups, dilation and any padding, for many
 * samples at once that may each have filters and images of their own. A backend need not have them: plainConvolution.ts makes
 * the same numbers of plain operations. All tensors are float32, channels last, with the sample axis first, of size 1 where
 * samples share the tensor; their attributes are a `Geometry`.
 *
 * - `forward`: `x` [samples, batch, ...inputs, channels], `filter` [samples, ...taps, channels / groups, filters] and perhaps
 *   `bias` [samples, filters], which is not shared, to [samples, batch, ...outputs, filters]
 * - `byInput`: `dy` [samples, batch, ...outputs, filters] and `filter` to [samples, batch, ...inputs, channels]
 * - `byFilter`: `x` and `dy` to [samples, ...taps, channels / groups, filters]
 */
export const convolutionKernels = {
  forward: 'TfjsBayesianConvolution',
  byInput: 'TfjsBayesianConvolutionByInput',
  byFilter: 'TfjsBayesianConvolutionByFilter',
} as const;

/**
 * The name of a kernel that takes a step of IVON for one normal variable in one pass. It takes the float32 tensors
 * `momentum`, `dMean`, `dLogStd` (the gradient) and `logStd`, all of one shape, and returns new tensors: the next momentum
 * and the updates of `mean` and `logStd`; on wasm also a scalar that is NaN if a precision was lost, else 0. A backend may
 * lack the kernel: src/optimizers/ivon.ts has the same formula in plain operations.
 */
export const ivonKernel = 'TfjsBayesianIvon';

/** The numbers of a step, the same for all tensors. */
export interface IvonNumbers {
  /** The weight of the gradient in the next momentum, `1 - beta1`. */
  readonly rate1: number;
  /** Added to the momentum and subtracted again, which rounds away denormal numbers. */
  readonly coarse: number;
  /**
   * `(1 - beta2) / temperature`. With `u = dLogStd rate2`, the step multiplies a precision by `1 + u + u^2 / 2`, which is
   * at least a half.
   */
  readonly rate2: number;
  /** `1 / ((1 - beta1^t) temperature)`: the bias correction of the momentum, in units of the temperature. */
  readonly scale: number;
  readonly learningRate: number;
  /** The greatest size of a step in a mean before it is multiplied by the learning rate; may be infinite. */
  readonly clipRadius: number;
  /** Where `u + u^2 / 2` is above it, or is not finite, both updates are NaN. */
  readonly limit: number;
}

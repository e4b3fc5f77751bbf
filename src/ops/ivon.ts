/**
 * The name of a kernel that takes a step of IVON for one normal variable in one pass. It takes the float32 tensors
 * `momentum`, `dMean`, `dLogStd` (the gradient) and `logStd`, all of one shape, and returns new tensors: the next momentum
 * and the updates of `mean` and `logStd`; on wasm also a scalar that is NaN if a precision was lost, else 0. A backend may
 * lack the kernel: src/optimizers/ivon.ts has the same formula in plain operations.
 */
export const ivonKernel = 'TfjsBayesianIvon';

/**
 * The name of a kernel that takes the same step and moves the parameters in the same pass. It takes the tensor `mean` too, and
 * returns the next momentum, mean and logStd, and the scalar that tells of a lost precision. With `inPlace` it may write them
 * over their inputs, which must then not be read again; a tensor whose data are shared is never written over. A backend may
 * lack it.
 */
export const ivonApplyKernel = 'TfjsBayesianIvonApply';

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

/** The numbers of a step that moves the parameters. */
export interface IvonApplyNumbers extends IvonNumbers {
  readonly inPlace: boolean;
}

/**
 * The name of a kernel that updates Adam's moments in one pass. It takes the float32 tensors `first`, `second` and
 * `gradient`, all of one shape, and returns new tensors: both moments and the direction. A backend may lack it:
 * src/optimizers/adam.ts has the same formula in plain operations.
 */
export const adamKernel = 'TfjsBayesianAdam';

/**
 * The name of a kernel that takes a whole step of Adam in one pass. It takes the float32 tensors `params`, `first`, `second` and
 * `gradient`, all of one shape, and returns the next parameters and both moments. With `inPlace` it may write them over their
 * inputs, which must then not be read again; a tensor whose data are shared is never written over. A backend may lack it.
 */
export const adamApplyKernel = 'TfjsBayesianAdamApply';

/** The numbers of a step, the same for all tensors. */
export interface AdamNumbers {
  /** The weight of the gradient in the next first moment, `1 - beta1`. */
  readonly rate1: number;
  /** The weight of the squared gradient in the next second moment, `1 - beta2`. */
  readonly rate2: number;
  /** Added to the first moment and subtracted again, which rounds away denormal numbers. */
  readonly coarse: number;
  /** A second moment that is not above it becomes 0; in the direction it replaces a smaller one. */
  readonly tiny: number;
  /**
   * The direction is `first / (sqrt(second) scale + epsilon)`, and NaN where the second moment overflows float32: 0
   * would silently freeze the parameter.
   */
  readonly scale: number;
  readonly epsilon: number;
}

/** The numbers of a whole step. */
export interface AdamApplyNumbers extends AdamNumbers {
  /** What a direction is multiplied by before it is added to a parameter: minus the learning rate. */
  readonly rate: number;
  readonly inPlace: boolean;
}

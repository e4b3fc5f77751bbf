/**
 * The name of a kernel that takes a step of Adam's moments in one pass. It takes the tensors `first`, `second` and
 * `gradient`, of one shape and float32, and gives new ones: both moments and the direction. A backend need not have it:
 * src/optimizers/adamStep.ts has the same formula in plain operations.
 */
export const adamKernel = 'TfjsBayesianAdam';

/** The numbers of a step, the same for all tensors. */
export interface AdamNumbers {
  /** How far the first moment moves towards the gradient, `1 - beta1`. */
  readonly rate1: number;
  /** The part that the squared gradient has in the next second moment, `1 - beta2`; the rest is the last one's. */
  readonly rate2: number;
  /** Added to the first moment and subtracted again, which rounds off what might become denormal. */
  readonly coarse: number;
  /** A second moment that is not above it is 0; in the direction it stands in for a smaller one. */
  readonly tiny: number;
  /**
   * The direction is `first / (sqrt(second) scale + epsilon)`, and NaN where the second moment is too large for float32: 0
   * would keep the parameter where it is for ever, and say nothing.
   */
  readonly scale: number;
  readonly epsilon: number;
}

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
  /** How far the second moment moves towards the squared gradient, `1 - beta2`. */
  readonly rate2: number;
  /** Added to the first moment and subtracted again, which rounds off what might become denormal. */
  readonly coarse: number;
  /** The least second moment. */
  readonly tiny: number;
  /** The direction is `first / (sqrt(second) scale + epsilon)`. */
  readonly scale: number;
  readonly epsilon: number;
}

import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/** The gradient of a kernel of one output: what the engine saves for it, and the gradients of its inputs. */
export interface KernelGradient<A> {
  readonly kernelName: string;
  readonly inputsToSave?: string[];
  readonly outputsToSave?: boolean[];
  readonly gradients: (
    dy: Tensor,
    saved: readonly Tensor[],
    attrs: A,
  ) => Readonly<Record<string, () => Tensor>>;
}

/** A gradient in the form that TensorFlow.js registers, with typed attributes. */
export const kernelGradient = <A extends object>({
  gradients,
  ...config
}: KernelGradient<A>): GradConfig => ({
  ...config,
  gradFunc: (dy, saved, attrs: object) => ({ ...gradients(dy as Tensor, saved, attrs as A) }),
});

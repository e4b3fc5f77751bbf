import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

/** The private members of TensorFlow.js's engine that are used here. */
interface EngineInternals {
  readonly nextTensorId: () => number;
  readonly addTapeNode: (
    name: string,
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly Tensor[],
    gradient: (dy: Tensor) => Readonly<Record<string, () => Tensor>>,
    saved: readonly Tensor[],
    attrs: object,
  ) => void;
}

/**
 * TensorFlow.js's engine, typed with its private members; the public ones are on `engine()`.
 *
 * @example
 * const firstId = engineInternals().nextTensorId();
 */
export const engineInternals = (): EngineInternals => engine() as unknown as EngineInternals;

/**
 * Runs a kernel on the current backend, with attributes of any type. The operation of the same name also converts its
 * arguments and checks them; where they are tensors of the right shapes, a page need not load that.
 *
 * @example
 * const y = runKernel('Cast', { x }, { dtype: 'int32' });
 */
export const runKernel = <T extends Tensor | Tensor[] = Tensor>(
  kernel: string,
  inputs: Readonly<Record<string, Tensor>> | readonly Tensor[],
  attrs: object = {},
): T => engine().runKernel<T>(kernel, inputs as NamedTensorMap, { ...attrs });

/**
 * Whether a function is being differentiated. A fused kernel that has no gradient must then leave the work to plain operations.
 *
 * @example
 * tf.grad((x) => { isDifferentiating(); return tf.square(x); })(x); // true inside
 */
export const isDifferentiating = (): boolean => engine().state.gradientDepth > 0;

import * as tf from '@tensorflow/tfjs-core';

/** The operands of a fused matrix product, with its bias and activation. */
export interface FusedParts {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly product: () => tf.TensorInfo;
  /** Runs another kernel of the backend. */
  readonly step: (
    name: string,
    inputs: Readonly<Record<string, tf.TensorInfo>>,
    attrs?: Readonly<Record<string, unknown>>,
  ) => tf.TensorInfo;
  readonly dispose: (x: tf.TensorInfo) => void;
}

type Next = (x: tf.TensorInfo, parts: FusedParts) => tf.TensorInfo;

const activations: Readonly<Record<string, Next>> = {
  linear: (x) => x,
  relu: (x, { step }) => step(tf.Relu, { x }),
  relu6: (x, { step }) => step(tf.Relu6, { x }),
  elu: (x, { step }) => step(tf.Elu, { x }),
  sigmoid: (x, { step }) => step(tf.Sigmoid, { x }),
  leakyrelu: (x, { step, attrs }) => step(tf.LeakyRelu, { x }, { alpha: attrs.leakyreluAlpha ?? 0 }),
  prelu: (x, { step, inputs }) => step(tf.Prelu, { x, alpha: inputs.preluActivationWeights! }),
};

const addBias: Next = (x, { inputs: { bias }, step }) => {
  if (!bias) return x;
  const size = tf.util.sizeFromShape(bias.shape);
  // tf.fused.matMul has merged the outer axes of the factors, but not those of the bias.
  const fits = bias.shape.length > x.shape.length && size === tf.util.sizeFromShape(x.shape);
  return step(tf.Add, { a: x, b: fits ? { ...bias, shape: x.shape } : bias });
};

/** A matrix product, its bias and its activation as separate kernels; undefined for an unknown activation. */
export const fusedMatMul = (parts: FusedParts): tf.TensorInfo | undefined => {
  const activation = activations[String(parts.attrs.activation ?? 'linear')];
  if (activation === undefined) return undefined;
  const forget = (x: tf.TensorInfo, next: tf.TensorInfo): tf.TensorInfo => {
    if (next !== x) parts.dispose(x);
    return next;
  };
  const product = parts.product();
  const shifted = forget(product, addBias(product, parts));
  return forget(shifted, activation(shifted, parts));
};

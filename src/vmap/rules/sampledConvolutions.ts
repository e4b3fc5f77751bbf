import * as tf from '@tensorflow/tfjs-core';
import { convolutionKernels } from '../../ops/gradients/convolution.ts';
import type { BatchingRule, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { operands, rulesFor } from './operands.ts';

/** Merges the sample axes of a tensor and of the batch; a shared tensor stays shared. */
const joined = (
  { tensor, batched, shape }: Operand,
  size: number,
  samples: number,
  mayShare: boolean,
): tf.Tensor => {
  const [own = 1, ...rest] = shape;
  if (!batched && own === 1 && mayShare) return tensor;
  const apart = batched ? tensor : tf.reshape(tensor, [1, own, ...rest]);
  return tf.reshape(broadcastTo(apart, [size, samples, ...rest]), [size * samples, ...rest]);
};

/** These kernels already have a sample axis, which the batch joins. */
const sampled: BatchingRule = (call) => {
  const samples = Math.max(...operands(call).map(({ shape }) => shape[0]!));
  const inputs = Object.entries(call.inputs).flatMap(([name, input]) =>
    input === undefined ? [] : [[name, joined(input, call.size, samples, name !== 'bias')] as const],
  );
  const result = call.run(Object.fromEntries(inputs), call.attrs) as tf.Tensor;
  return tf.reshape(result, [call.size, samples, ...result.shape.slice(1)]);
};

/** Rules for the library's own convolutions. */
export const sampledConvolutions: Readonly<Record<string, BatchingRule>> = rulesFor(
  Object.values(convolutionKernels),
  sampled,
);

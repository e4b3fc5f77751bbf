import * as tf from '@tensorflow/tfjs-core';
import { convolutionKernels } from '../../ops/gradients/convolution.ts';
import type { BatchingRule, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { operands, rulesFor } from './operands.ts';

/** The samples of a tensor inside those of a batch, as one axis; a tensor that all of them share stays so. */
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

/** These kernels have a sample axis already, which takes the batch in. */
const sampled: BatchingRule = (call) => {
  const samples = Math.max(...operands(call).map(({ shape }) => shape[0]!));
  const inputs = Object.entries(call.inputs).flatMap(([name, input]) =>
    input === undefined ? [] : [[name, joined(input, call.size, samples, name !== 'bias')] as const],
  );
  const result = call.run(Object.fromEntries(inputs), call.attrs) as tf.Tensor;
  return tf.reshape(result, [call.size, samples, ...result.shape.slice(1)]);
};

/** Rules of the library's own convolutions. */
export const sampledConvolutions: Readonly<Record<string, BatchingRule>> = rulesFor(
  Object.values(convolutionKernels),
  sampled,
);

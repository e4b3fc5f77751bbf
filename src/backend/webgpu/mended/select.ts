import { Select, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { as, highestRank, mended } from './mended.ts';

interface Inputs {
  readonly condition: TensorInfo;
  readonly t: TensorInfo;
  readonly e: TensorInfo;
}

/** tfjs's takes up to four axes. A condition is of each element, or of each index of the first axis. */
export const select = mended<Inputs>(Select, (stock) => (call) => {
  const { condition, t, e } = call.inputs;
  if (t.shape.length <= highestRank) return stock(call);
  const size = util.sizeFromShape(t.shape);
  const flat = condition.shape.length === 1 ? [condition.shape[0]!, size / condition.shape[0]!] : [size];
  const inputs = { condition: as(flat.slice(0, 1), condition), t: as(flat, t), e: as(flat, e) };
  return as(t.shape, stock({ ...call, inputs }));
});

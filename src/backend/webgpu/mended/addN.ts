import { AddN, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { as, highestRank, mended } from './mended.ts';

/** A program may read seven tensors: WebGPU promises eight storage buffers, and one is for the result. */
const most = 7;

/** With more tensors than a program may read, tfjs's gives zeros; with more than six axes it has no program. */
export const addN = mended<readonly TensorInfo[]>(AddN, (stock) => {
  const add: typeof stock = ({ inputs, ...rest }) => {
    const { shape } = inputs[0]!;
    if (shape.length > highestRank) {
      const row = [util.sizeFromShape(shape)];
      return as(shape, add({ inputs: inputs.map((input) => as(row, input)), ...rest }));
    }
    if (inputs.length <= most) return stock({ inputs, ...rest });
    const first = stock({ inputs: inputs.slice(0, most), ...rest });
    const sum = add({ inputs: [first, ...inputs.slice(most)], ...rest });
    rest.backend.disposeData(first.dataId);
    return sum;
  };
  return add;
});

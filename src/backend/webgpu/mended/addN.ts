import { AddN, type TensorInfo } from '@tensorflow/tfjs-core';
import { mended } from './mended.ts';

/** A program may read seven tensors: WebGPU promises eight storage buffers, and one is for the result. */
const most = 7;

/** With more tensors than a program may read, tfjs's gives zeros. */
export const addN = mended<readonly TensorInfo[]>(AddN, (stock) => {
  const add: typeof stock = ({ inputs, ...rest }) => {
    if (inputs.length <= most) return stock({ inputs, ...rest });
    const first = stock({ inputs: inputs.slice(0, most), ...rest });
    const sum = add({ inputs: [first, ...inputs.slice(most)], ...rest });
    rest.backend.disposeData(first.dataId);
    return sum;
  };
  return add;
});

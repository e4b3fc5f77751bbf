import { Neg, type TensorInfo } from '@tensorflow/tfjs-core';
import { tensorValues } from '../tensorValues.ts';
import { step, type WasmCall } from '../wasmKernel.ts';

/**
 * The result of a kernel that is linear in `x` and bounds it from below at the end, which makes NaN -Infinity whatever the bound:
 * what is -Infinity for the negative of `x`, too, is NaN.
 */
export const restoreNaN = <A>(call: WasmCall<A>, run: (call: WasmCall<A>) => TensorInfo): TensorInfo => {
  const { backend, inputs } = call;
  const lowest = Number.NEGATIVE_INFINITY;
  const result = run(call);
  if (!tensorValues<'float32'>(backend, result).includes(lowest)) return result;
  const x = step(Neg, { x: inputs.x! }, { backend });
  const other = run({ ...call, inputs: { ...inputs, x } });
  const [numbers, others] = [
    tensorValues<'float32'>(backend, result),
    tensorValues<'float32'>(backend, other),
  ];
  numbers.forEach((value, at) => {
    if (value === lowest && others[at] === lowest) numbers[at] = Number.NaN;
  });
  for (const { dataId } of [x, other]) backend.disposeData(dataId);
  return result;
};

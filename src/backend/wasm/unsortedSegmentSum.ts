import { Cast, type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';
import { addSegments } from './addSegments.ts';
import { step, type WasmCall, type WasmKernel } from './wasmKernel.ts';

const sums = ({ inputs, attrs, backend }: WasmCall): TensorInfo => {
  const [x, ids] = [inputs.x!, inputs.segmentIds!];
  const segments = Number(attrs.numSegments);
  const [rows = 0] = x.shape;
  if (x.shape.length === 0 || ids.shape.length !== 1 || ids.shape[0] !== rows || ids.dtype !== 'int32')
    throw new Error(
      `Error in unsortedSegmentSum: segmentIds must be int32, one for each of the rows of x of shape [${x.shape}], ` +
        `got ${ids.dtype} of shape [${ids.shape}]`,
    );
  const out = backend.makeOutput([segments, ...x.shape.slice(1)], 'float32');
  const depth = util.sizeFromShape(x.shape.slice(1));
  addSegments(backend, [rows, depth, segments], { ids, x, out });
  return out;
};

/** Sums over segments, which the gradient of `tf.gather` is made of. tfjs has no such kernel for wasm. */
export const unsortedSegmentSum: WasmKernel = {
  name: UnsortedSegmentSum,
  run: (call) => {
    const x = call.inputs.x!;
    if (x.dtype === 'float32') return sums(call);
    const floats = step(Cast, { x }, call, { dtype: 'float32' });
    const out = sums({ ...call, inputs: { ...call.inputs, x: floats } });
    call.backend.disposeData(floats.dataId);
    return out;
  },
};

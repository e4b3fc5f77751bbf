import { Square, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { withSquareKernels } from '../../ops/withSquare.ts';
import { ranges, runParts } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import { step, type WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 32_768;

/** A tensor with its square; see `withSquareKernels`. */
const withSquare: WasmKernel<object, TensorInfo[]> = {
  name: withSquareKernels.forward,
  run: (call) => {
    const { dataId, shape, dtype } = call.inputs.x!;
    const square = step(Square, { x: call.inputs.x! }, call);
    call.backend.incRef(dataId);
    return [{ dataId, shape, dtype }, square];
  },
};

/** Its gradient. */
const withSquareGradient: WasmKernel<object, TensorInfo> = {
  name: withSquareKernels.gradient,
  run: ({ inputs, backend }) => {
    const { dx, x, dSquare } = inputs;
    const out = backend.makeOutput(x!.shape, 'float32');
    const tensors = [dx!, x!, dSquare!, out].map((tensor) => tensorAddress(backend, tensor));
    runParts(
      backend,
      'joinSquare',
      ranges(backend, util.sizeFromShape(x!.shape), 16, FEWEST).map(([start, end]) => {
        const [slopes, from, ofSquare, to] = tensors.map((address) => address + 4 * start) as [
          number,
          number,
          number,
          number,
        ];
        return [end - start, slopes, from, ofSquare, to] as const;
      }),
    );
    return out;
  },
};

/** A tensor with its square, and the gradient of both. */
export const withSquares: readonly WasmKernel<object>[] = [withSquare, withSquareGradient];

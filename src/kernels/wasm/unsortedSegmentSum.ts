import { type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

/** Sums the rows `x` of each segment into `out`; `ids` are int32, and rows whose id is out of range are ignored. */
const addSegments = (
  backend: WasmBackend,
  [rows, depth, segments]: readonly [number, number, number],
  { ids, x, out }: Readonly<Record<'ids' | 'x' | 'out', TensorInfo>>,
): void => {
  const { longSegments, segmentSum } = kernelModule(backend);
  const [from, of, to] = [x, ids, out].map((tensor) => tensorAddress(backend, tensor)) as [
    number,
    number,
    number,
  ];
  withScratch(backend, 4 * segments + 4, (slots) => {
    const long = longSegments(rows, segments, of, slots);
    withScratch(backend, 8 * depth * long + 8, (doubles) =>
      segmentSum(rows, depth, segments, of, from, to, long, slots, doubles),
    );
  });
};

const sums = ({ inputs, attrs, backend }: WasmCall): TensorInfo => {
  const [x, ids] = [inputs.x!, inputs.segmentIds!];
  const segments = Number(attrs.numSegments);
  const [rows = 0] = x.shape;
  if (x.shape.length === 0 || ids.shape.length !== 1 || ids.shape[0] !== rows || ids.dtype !== 'int32')
    throw new Error(
      `Error in unsortedSegmentSum: segmentIds must be int32, one for each row of x of shape [${x.shape}], ` +
        `got ${ids.dtype} of shape [${ids.shape}]`,
    );
  const out = backend.makeOutput([segments, ...x.shape.slice(1)], 'float32');
  const depth = util.sizeFromShape(x.shape.slice(1));
  addSegments(backend, [rows, depth, segments], { ids, x, out });
  return out;
};

/** Segment sums, which the gradient of `tf.gather` uses. tfjs lacks this kernel on wasm. */
export const unsortedSegmentSum: WasmKernel = { name: UnsortedSegmentSum, run: sums };

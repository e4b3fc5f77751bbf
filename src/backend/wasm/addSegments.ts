import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';

/** The sums of rows `x` of each segment, `out`; `ids` are int32, and a row whose id is out of range counts nowhere. */
export const addSegments = (
  backend: WasmBackend,
  [rows, depth, segments]: readonly [number, number, number],
  { ids, x, out }: Readonly<Record<'ids' | 'x' | 'out', TensorInfo>>,
): void => {
  const { longSegments, segmentSum } = kernelModule(backend);
  const [from, of, to] = [x, ids, out].map((tensor) => addressOf(backend, tensor)) as [
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

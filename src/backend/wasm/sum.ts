import { backend_util, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

/** Neighbouring axes that are summed, and all those before and behind them. */
interface Run {
  readonly before: readonly number[];
  readonly summed: readonly number[];
  readonly behind: readonly number[];
}

/** The last run of neighbours among the axes. */
const lastRun = (shape: readonly number[], axes: readonly number[]): Run => {
  const end = Math.max(...axes) + 1;
  const kept = Array.from({ length: end }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
  const start = kept.length === 0 ? 0 : Math.max(...kept) + 1;
  return { before: shape.slice(0, start), summed: shape.slice(start, end), behind: shape.slice(end) };
};

const sumRun = (backend: WasmBackend, x: TensorInfo, { before, summed, behind }: Run): TensorInfo => {
  const out = backend.makeOutput([...before, ...behind], 'float32');
  const { sumColumns, sumRows } = kernelModule(backend);
  const [outer, count, inner] = [before, summed, behind].map((axes) => util.sizeFromShape([...axes])) as [
    number,
    number,
    number,
  ];
  const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
  if (inner === 1) sumRows(outer, count, from, to);
  else sumColumns(outer, count, inner, from, to);
  return out;
};

const summed = (backend: WasmBackend, x: TensorInfo, axes: readonly number[]): TensorInfo => {
  const run = lastRun(x.shape, axes);
  const once = sumRun(backend, x, run);
  const rest = axes.filter((axis) => axis < run.before.length);
  if (rest.length === 0) return once;
  const all = summed(backend, once, rest);
  backend.disposeData(once.dataId);
  return all;
};

const float = ({ attrs, backend }: WasmCall, x: TensorInfo, axes: number[]): TensorInfo => {
  const out = summed(backend, x, axes);
  return attrs.keepDims ? { ...out, shape: backend_util.expandShapeToKeepDim(out.shape, axes) } : out;
};

/**
 * Sums of float32 over any axes, several numbers at a time and where they stand. tfjs's own kernel takes one after the
 * other, turns the tensor first if the axes are not its last, and leaves the sum of nothing unset.
 */
export const sum: WasmKernel = {
  name: Sum,
  run: (call, stock) => {
    const x = call.inputs.x!;
    const axes = util.parseAxisParam(call.attrs.axis as number | number[], x.shape);
    return x.dtype === 'float32' && axes.length > 0 ? float(call, x, axes) : stock(call);
  },
};

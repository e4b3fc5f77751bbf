import {
  broadcast_util,
  ClipByValue,
  Identity,
  Maximum,
  Minimum,
  Relu6,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { kernelModule } from '../kernelModule.ts';
import { withScratch } from '../memory.ts';
import { tensorAddress } from '../wasmBackend.ts';
import { step, type WasmCall, type WasmKernel } from '../wasmKernel.ts';
import { spread } from './broadcast.ts';

const tensorSize = ({ shape }: TensorInfo): number => util.sizeFromShape([...shape]);

/** The larger or the smaller of each pair; tfjs's own kernel returns the first of a pair whose second is NaN. */
const extreme = (name: string, larger: boolean): WasmKernel => ({
  name,
  run: (call, stock) => {
    const { backend } = call;
    const [a, b] = [call.inputs.a!, call.inputs.b!];
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock(call);
    const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
    const out = backend.makeOutput(shape, 'float32');
    const count = util.sizeFromShape(shape);
    if (count === 0) return out;
    const [left, right] = [spread(call, a, shape), spread(call, b, shape)];
    const stride = (x: TensorInfo): number => (tensorSize(x) === 1 ? 0 : 4);
    withScratch(backend, 48, (scratch) =>
      kernelModule(backend).extremes(
        larger ? 1 : 0,
        count,
        tensorAddress(backend, left),
        stride(left),
        tensorAddress(backend, right),
        stride(right),
        tensorAddress(backend, out),
        scratch,
      ),
    );
    if (left !== a) backend.disposeData(left.dataId);
    if (right !== b) backend.disposeData(right.dataId);
    return out;
  },
});

const clipped = (call: WasmCall, x: TensorInfo, low: number, high: number): TensorInfo => {
  const { backend } = call;
  const out = backend.makeOutput(x.shape, 'float32');
  kernelModule(backend).clip(
    tensorSize(x),
    tensorAddress(backend, x),
    low,
    high,
    tensorAddress(backend, out),
  );
  return out;
};

const integer = ({ backend }: WasmCall, value: number): TensorInfo => ({
  dataId: backend.write(Int32Array.of(value), [], 'int32'),
  shape: [],
  dtype: 'int32',
});

const clippedIntegers = (call: WasmCall, x: TensorInfo, low: number, high: number): TensorInfo => {
  const [lower, upper] = [integer(call, low), integer(call, high)];
  const above = step(Maximum, { a: x, b: lower }, call);
  const out = step(Minimum, { a: above, b: upper }, call);
  for (const { dataId } of [lower, upper, above]) call.backend.disposeData(dataId);
  return out;
};

/** Clips numbers to bounds; tfjs's own kernel replaces NaN by the lower bound, and reads integers as floats. */
const clipByValue: WasmKernel = {
  name: ClipByValue,
  run: (call, stock) => {
    const x = call.inputs.x!;
    const { clipValueMin: low, clipValueMax: high } = call.attrs as Readonly<Record<string, number>>;
    if (x.dtype === 'float32') return clipped(call, x, low!, high!);
    return x.dtype === 'int32' ? clippedIntegers(call, x, low!, high!) : stock(call);
  },
};

/** Clips numbers to [0, 6]; tfjs's own kernel replaces NaN by 0. */
const relu6: WasmKernel = {
  name: Relu6,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype === 'bool') return step(Identity, { x }, call);
    return x.dtype === 'float32' ? clipped(call, x, 0, 6) : stock(call);
  },
};

/** Elementwise kernels that keep NaN where tfjs's lose it. */
export const bounds: readonly WasmKernel[] = [
  clipByValue,
  extreme(Maximum, true),
  extreme(Minimum, false),
  relu6,
];

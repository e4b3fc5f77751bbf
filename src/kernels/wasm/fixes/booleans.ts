import {
  Abs,
  All,
  Any,
  Cast,
  Identity,
  IsFinite,
  IsInf,
  IsNan,
  Max,
  Min,
  OneHot,
  Prelu,
  Prod,
  Relu,
  Round,
  Sign,
  Square,
  Step,
  StridedSlice,
  type TensorInfo,
  Tile,
  util,
} from '@tensorflow/tfjs-core';
import { tensorValues } from '../tensorValues.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { step, type WasmKernel } from '../wasmKernel.ts';

const tensorSize = ({ shape }: TensorInfo): number => util.sizeFromShape(shape);

/** A tensor whose values are a function of their index. */
const generate = (
  backend: WasmBackend,
  shape: number[],
  dtype: TensorInfo['dtype'],
  value: (at: number) => number,
): TensorInfo => {
  const out = backend.makeOutput(shape, dtype);
  const values = tensorValues(backend, out);
  for (let at = 0; at < values.length; at++) values[at] = value(at);
  return out;
};

/** tfjs's kernel takes the bits of integers for floats, and calls its result so. */
const stridedSlice: WasmKernel = {
  name: StridedSlice,
  run: (call, stock) => {
    const { dtype } = call.inputs.x!;
    const out = stock(call);
    call.backend.dataIdMap.get(out.dataId).dtype = dtype;
    return { ...out, dtype };
  },
};

/** The value of an empty reduction, as on the cpu backend; tfjs's kernel leaves it uninitialised. */
const emptyReduction = (name: string, value: number): WasmKernel => ({
  name,
  run: (call, stock) => {
    const out = stock(call);
    if (call.inputs.x!.shape.includes(0)) tensorValues(call.backend, out).fill(value);
    return out;
  },
});

/** tfjs's kernel reads the bits of integers as floats. */
const isKind = (name: string, ofIntegers: number): WasmKernel => ({
  name,
  run: (call, stock) => {
    const x = call.inputs.x!;
    return x.dtype === 'float32' ? stock(call) : generate(call.backend, x.shape, 'bool', () => ofIntegers);
  },
});

/** Broadcasts the slopes; tfjs's kernel reads past their end. */
const prelu: WasmKernel = {
  name: Prelu,
  run: (call, stock) => {
    const [x, alpha] = [call.inputs.x!, call.inputs.alpha!];
    if (alpha.dtype !== 'float32') {
      const slopes = step(Cast, { x: alpha }, call, { dtype: 'float32' });
      const result = prelu.run({ ...call, inputs: { x, alpha: slopes } }, stock);
      call.backend.disposeData(slopes.dataId);
      return result;
    }
    if (tensorSize(x) === 0) return call.backend.makeOutput(x.shape, 'float32');
    if (util.arraysEqual(x.shape, alpha.shape)) return stock(call);
    const aligned = [
      ...Array<number>(Math.max(0, x.shape.length - alpha.shape.length)).fill(1),
      ...alpha.shape,
    ];
    const reps = x.shape.map((size, axis) => (aligned[axis] === size ? 1 : size));
    if (
      aligned.length !== x.shape.length ||
      aligned.some((size, axis) => size !== 1 && size !== x.shape[axis])
    )
      throw new Error(
        `Error in prelu: alpha of shape [${alpha.shape}] does not broadcast to x of shape [${x.shape}]`,
      );
    const slopes = step(Tile, { x: { ...alpha, shape: aligned } }, call, { reps });
    const result = stock({ ...call, inputs: { x, alpha: slopes } });
    call.backend.disposeData(slopes.dataId);
    return result;
  },
};

/** tfjs's kernel writes integers for every dtype. */
const oneHot: WasmKernel = {
  name: OneHot,
  run: (call, stock) => {
    const {
      dtype = 'int32',
      onValue = 1,
      offValue = 0,
      depth,
    } = call.attrs as {
      readonly dtype?: TensorInfo['dtype'];
      readonly depth: number;
      readonly onValue?: number;
      readonly offValue?: number;
    };
    if (dtype === 'int32') return stock(call);
    const { backend, inputs } = call;
    const indices = inputs.indices!;
    const out = generate(backend, [...indices.shape, depth], dtype, () => offValue);
    const [at, values] = [tensorValues(backend, indices), tensorValues(backend, out)];
    for (let row = 0; row < at.length; row++) {
      const index = at[row]!;
      if (index >= 0 && index < depth) values[row * depth + index] = onValue;
    }
    return out;
  },
};

/** A kernel that is the identity on 0 and 1; tfjs's leaves the result of booleans uninitialised. */
const sameOfBooleans = (name: string): WasmKernel => ({
  name,
  run: (call, stock) => {
    const x = call.inputs.x!;
    return x.dtype === 'bool' ? step(Identity, { x }, call) : stock(call);
  },
});

/** Fixes of tfjs's kernels that are wrong for some dtypes, shapes or NaN. */
export const fixes: readonly WasmKernel<object>[] = [
  emptyReduction(All, 1),
  emptyReduction(Any, 0),
  emptyReduction(Max, Number.NaN),
  emptyReduction(Min, Number.NaN),
  emptyReduction(Prod, 1),
  isKind(IsFinite, 1),
  isKind(IsInf, 0),
  isKind(IsNan, 0),
  oneHot,
  prelu,
  stridedSlice,
  ...[Abs, Relu, Round, Sign, Square, Step].map(sameOfBooleans),
];

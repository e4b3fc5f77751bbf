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
  Reverse,
  Round,
  Select,
  Sign,
  Square,
  Step,
  StridedSlice,
  slice_util,
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

/** Booleans are one byte each, but tfjs's kernel moves four: it reads and writes out of bounds. */
const select: WasmKernel = {
  name: Select,
  run: (call, stock) => {
    const { backend, inputs } = call;
    const [condition, t, e] = [inputs.condition!, inputs.t!, inputs.e!];
    if (t.dtype !== 'bool') return stock(call);
    const rows = condition.shape.length === 1 && t.shape.length > 1;
    const each = rows ? util.sizeFromShape(t.shape.slice(1)) : 1;
    const out = backend.makeOutput(t.shape, 'bool');
    const [which, yes, no] = [condition, t, e].map((one) => tensorValues<'bool'>(backend, one)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const to = tensorValues(backend, out);
    for (let at = 0; at < to.length; at++) to[at] = which[Math.floor(at / each)] ? yes[at]! : no[at]!;
    return out;
  },
};

/** As for `select`: casts to four bytes. */
const reverse: WasmKernel = {
  name: Reverse,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype !== 'bool') return stock(call);
    const integers = step(Cast, { x }, call, { dtype: 'int32' });
    const reversed = stock({ ...call, inputs: { x: integers } });
    const bits = step(Cast, { x: reversed }, call, { dtype: 'bool' });
    for (const { dataId } of [integers, reversed]) call.backend.disposeData(dataId);
    return bits;
  },
};

interface Strided {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

/** tfjs's kernel treats all dtypes as float32. */
const stridedSlice: WasmKernel<Strided> = {
  name: StridedSlice,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype !== 'int32' && x.dtype !== 'bool') return stock(call);
    const { attrs } = call;
    const info = slice_util.sliceInfo(
      x.shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    const { begin, strides, finalShape, finalShapeSparse: sparse } = info;
    if (info.isIdentity || info.sliceDim0 || info.isSimpleSlice) return stock(call);
    const { backend } = call;
    const steps = [...util.computeStrides(x.shape), 1];
    const out = backend.makeOutput(finalShape, x.dtype);
    const [from, to] = [tensorValues(backend, x), tensorValues(backend, out)];
    for (let at = 0; at < to.length; at++) {
      let rest = at;
      let place = 0;
      for (let axis = sparse.length - 1; axis >= 0; axis--) {
        const length = sparse[axis]!;
        place += (begin[axis]! + (rest % length) * strides[axis]!) * steps[axis]!;
        rest = Math.floor(rest / length);
      }
      to[at] = from[place]!;
    }
    return out;
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
  reverse,
  select,
  stridedSlice,
  ...[Abs, Relu, Round, Sign, Square, Step].map(sameOfBooleans),
];

import {
  Add,
  Atan2,
  broadcast_util,
  Equal,
  FloorDiv,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalOr,
  Maximum,
  Minimum,
  Mod,
  Multiply,
  NotEqual,
  Pow,
  RealDiv,
  SquaredDifference,
  Sub,
  type TensorInfo,
  Tile,
  util,
} from '@tensorflow/tfjs-core';
import { step, type WasmCall, type WasmKernel } from '../wasmKernel.ts';

/** The kernels of XNNPACK, which broadcasts float32 as quickly as it computes. */
const quickOnFloats: readonly string[] = [Add, Multiply, RealDiv, SquaredDifference, Sub];

/** The kernels of all operations on two tensors that broadcast. */
const names: readonly string[] = [
  ...quickOnFloats,
  ...[Atan2, Equal, FloorDiv, Greater, GreaterEqual, Less, LessEqual],
  ...[LogicalAnd, LogicalOr, Maximum, Minimum, Mod, NotEqual, Pow],
];

const sizeFromShape = (shape: readonly number[]): number => util.sizeFromShape([...shape]);

/** A tensor repeated to a shape, or itself if it has as many numbers, or a single one. */
export const spread = (call: WasmCall, x: TensorInfo, shape: readonly number[]): TensorInfo => {
  const size = sizeFromShape(x.shape);
  if (size === sizeFromShape(shape) || size === 1) return x;
  const ranked = { ...x, shape: [...shape.slice(x.shape.length).map(() => 1), ...x.shape] };
  const reps = shape.map((length, axis) => length / ranked.shape[axis]!);
  return step(Tile, { x: ranked }, call, { reps });
};

/** A kernel of TensorFlow.js on tensors of the same shape; a single number broadcasts quickly. */
const onSameShape = (call: WasmCall, stock: (call: WasmCall) => TensorInfo): TensorInfo => {
  const [a, b] = [call.inputs.a!, call.inputs.b!];
  const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  if (util.arraysEqual([...a.shape], [...b.shape]) || sizeFromShape(shape) === 0) return stock(call);
  const given = [a, b].map((x) => ({ x, whole: spread(call, x, shape) }));
  const [left, right] = given.map(({ whole }) => ({
    ...whole,
    shape: sizeFromShape(whole.shape) === 1 ? [] : shape,
  })) as [TensorInfo, TensorInfo];
  const out = stock({ ...call, inputs: { a: left, b: right } });
  for (const { x, whole } of given) if (whole !== x) call.backend.disposeData(whole.dataId);
  return { ...out, shape };
};

const broadcasting = ({ name, run }: WasmKernel<object>): WasmKernel<object> => ({
  name,
  run: (call, stock) =>
    run(call, (next) => {
      const isQuick = quickOnFloats.includes(name) && next.inputs.a!.dtype === 'float32';
      return isQuick ? stock(next) : onSameShape(next as WasmCall, stock as (call: WasmCall) => TensorInfo);
    }),
});

/**
 * Repeats what broadcasts in kernels of two tensors. Along other axes than the first ones TensorFlow.js finds the place of each
 * number anew, with a list of indices for both tensors, which takes 20 to 50 times as long as the kernel.
 */
export const withBroadcasts = (kernels: readonly WasmKernel<object>[]): readonly WasmKernel<object>[] => {
  const own = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  const stock = (name: string): WasmKernel<object> => ({ name, run: (call, stock) => stock(call) });
  return [
    ...kernels.filter(({ name }) => !names.includes(name)),
    ...names.map((name) => broadcasting(own.get(name) ?? stock(name))),
  ];
};

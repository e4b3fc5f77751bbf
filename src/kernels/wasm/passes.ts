import {
  Add,
  broadcast_util,
  Multiply,
  Neg,
  RealDiv,
  Relu,
  Sign,
  Sqrt,
  Square,
  Step,
  Sub,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { Attributes } from '../kernel.ts';
import { isFloat } from './convolutionCall.ts';
import { cut, partCount, type Range, ranges, runParts } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part: some ten microseconds of reading and writing. */
const FEWEST = 32_768;

/** The fewest numbers of a row that is combined with another. */
const SHORTEST = 16;

/** An axis of the result of a broadcast, and whether either side has it. */
interface Axis {
  readonly size: number;
  readonly inA: boolean;
  readonly inB: boolean;
}

/** The axes of a broadcast; neighbours that the same sides have are one. */
const axesOf = (shape: readonly number[], a: readonly number[], b: readonly number[]): readonly Axis[] => {
  const has = (own: readonly number[], axis: number): boolean =>
    (own[axis - shape.length + own.length] ?? 1) !== 1;
  const axes: Axis[] = [];
  shape.forEach((size, at) => {
    if (size === 1) return;
    const [inA, inB] = [has(a, at), has(b, at)];
    const before = axes.at(-1);
    if (before?.inA === inA && before.inB === inB) axes.splice(-1, 1, { size: before.size * size, inA, inB });
    else axes.push({ size, inA, inB });
  });
  return axes;
};

/** The bytes between neighbours along each of three axes of a side, 0 along those it lacks. */
const strides = (axes: readonly Axis[], side: 'inA' | 'inB'): readonly [number, number, number] => {
  const own = axes.map((axis) => (axis[side] ? axis.size : 1));
  const step = (at: number): number =>
    axes[at]![side] ? own.slice(at + 1).reduce((product, size) => product * size, 4) : 0;
  return [step(0), step(1), step(2)];
};

/** The result of two tensors on threads; `undefined` if it is too small, or not of a form that our kernel takes. */
const combined = (
  kind: number,
  backend: WasmBackend,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | undefined => {
  const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  const size = util.sizeFromShape(shape);
  const parts = partCount(backend, size, FEWEST);
  if (parts < 2) return undefined;
  const own = axesOf(shape, a.shape, b.shape);
  const none = { size: 1, inA: false, inB: false };
  const axes = [...Array<Axis>(Math.max(0, 3 - own.length)).fill(none), ...own];
  const [outer, inner, columns] = axes.map((axis) => axis.size) as [number, number, number];
  const rows = outer * inner;
  if (axes.length > 3 || (columns < SHORTEST && rows > 1)) return undefined;
  const out = backend.makeOutput(shape, 'float32');
  const [left, right, to] = [a, b, out].map((tensor) => tensorAddress(backend, tensor)) as [
    number,
    number,
    number,
  ];
  const [ofA, ofB] = [strides(axes, 'inA'), strides(axes, 'inB')];
  // A single row is cut itself.
  const [inRows, inColumns]: readonly [readonly Range[], readonly Range[]] =
    rows > 1 ? [cut(rows, parts, 1), [[0, columns]]] : [[[0, 1]], cut(columns, parts, 16)];
  runParts(
    backend,
    'combine',
    inRows.flatMap(([first, last]) =>
      inColumns.map(
        ([start, end]) =>
          [
            ...([kind, first, last, inner, end - start] as const),
            ...([left + start * ofA[2], ...ofA, right + start * ofB[2], ...ofB] as const),
            to + 4 * (first * columns + start),
          ] as const,
      ),
    ),
  );
  return out;
};

/** The result of a tensor. */
const mapped = (kind: number, backend: WasmBackend, x: TensorInfo, below: number): TensorInfo => {
  const parts = ranges(backend, util.sizeFromShape(x.shape), 16, FEWEST);
  const out = backend.makeOutput(x.shape, 'float32');
  const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
  runParts(
    backend,
    'mapEach',
    parts.map(([start, end]) => [kind, end - start, below, from + 4 * start, to + 4 * start] as const),
  );
  return out;
};

type Pass = (call: WasmCall) => TensorInfo | undefined;

const two =
  (kind: number): Pass =>
  ({ inputs: { a, b }, backend }) =>
    isFloat(a!, b!) ? combined(kind, backend, a!, b!) : undefined;

/** The attribute of the step function; most kernels are called without attributes. */
const slope = (attrs: Attributes | undefined): number => Number(attrs?.alpha ?? 0);

const one =
  (kind: number): Pass =>
  ({ inputs: { x }, attrs, backend }) =>
    isFloat(x!) ? mapped(kind, backend, x!, slope(attrs)) : undefined;

const passes: ReadonlyMap<string, Pass> = new Map([
  [Add, two(0)],
  [Sub, two(1)],
  [Multiply, two(2)],
  [RealDiv, two(3)],
  // TensorFlow.js's takes the larger of two integers: 0 in place of a NaN with the sign bit, such as x86-64 computes.
  [Relu, one(0)],
  [Step, one(1)],
  [Square, one(2)],
  [Sqrt, one(3)],
  [Neg, one(4)],
  // TensorFlow.js's takes numbers between -1e-7 and 1e-7 for 0.
  [Sign, one(5)],
]);

const onThreads = ({ name, run }: WasmKernel<object>, pass: Pass): WasmKernel<object> => ({
  name,
  run: (call, stock) => pass(call as WasmCall) ?? run(call, stock),
});

/**
 * Kernels whose large tensors threads share. Of two tensors TensorFlow.js's own are as fast on one thread, and stay where there is
 * only one.
 */
export const withPasses = (kernels: readonly WasmKernel<object>[]): readonly WasmKernel<object>[] => {
  const own = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  const stock = (name: string): WasmKernel<object> => ({ name, run: (call, stock) => stock(call) });
  return [
    ...kernels.filter(({ name }) => !passes.has(name)),
    ...[...passes].map(([name, pass]) => onThreads(own.get(name) ?? stock(name), pass)),
  ];
};

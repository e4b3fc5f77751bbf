import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { stepOn, type Wrapper } from './kernel.ts';

/** What an input is cast to, given its dtype and those of all inputs of the rule. */
type To = (dtype: DataType, all: readonly DataType[]) => DataType;

/** How a kernel is called with inputs of dtypes that it does not support. */
interface Rule {
  readonly name: string;
  /** The names of the inputs; all of them where there are none. */
  readonly inputs: readonly string[];
  readonly to: To;
  /** Whether the first result gets the dtype that the first input had. */
  readonly back?: boolean;
}

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

const float: To = (dtype) => (dtype === 'int32' || dtype === 'bool' ? 'float32' : dtype);
const integer: To = (dtype) => (dtype === 'bool' ? 'int32' : dtype);
const widest: To = (_, all) => all.reduce((a, b) => tf.upcastType(a, b));

const rule =
  (to: To, back = false) =>
  (...inputs: readonly string[]) =>
  (name: string): Rule => ({ name, inputs, to, back });

const floats = rule(float);
const integers = rule(integer);
const alike = rule(widest);
const asIntegers = rule(integer, true);

/**
 * TensorFlow.js's kernels for cpu and webgpu cut real results of integers to integers (log1p of 1 is 0), and what is joined to
 * the dtype of the first; its kernels for wasm leave real results of integers uninitialised. Ours sum floats.
 */
const everywhere: readonly Rule[] = [
  ...[tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Exp, tf.Expm1].map(floats('x')),
  ...[tf.LeakyRelu, tf.Log1p, tf.Reciprocal, tf.Selu, tf.Sinh, tf.Softplus].map(floats('x')),
  floats('a', 'b')(tf.Atan2),
  floats('x', 'mean', 'variance', 'offset', 'scale')(tf.FusedBatchNorm),
  ...[tf.Bincount, tf.DenseBincount].map(integers('weights')),
  ...[tf.Cumsum, tf.Cumprod].map(integers('x')),
  alike()(tf.Concat),
  floats('x')(tf.UnsortedSegmentSum),
];

/** The first rule of a kernel is applied last. */
const ofBackend: Readonly<Record<string, readonly Rule[]>> = {
  cpu: [alike()(tf.Einsum)],
  // Its kernels read the second of two tensors as if it had the dtype of the first, and many do nothing with booleans.
  wasm: [
    asIntegers('t', 'e')(tf.Select),
    alike('t', 'e')(tf.Select),
    ...[tf.Neg, tf.Reverse, tf.StridedSlice, tf.TopK].map(asIntegers('x')),
    integers('sortedSequence', 'values')(tf.SearchSorted),
    alike('sortedSequence', 'values')(tf.SearchSorted),
    rule(float, true)('images')(tf.ResizeNearestNeighbor),
  ],
  // Programs that scatter do not compile for booleans.
  webgpu: [
    asIntegers('updates')(tf.ScatterNd),
    asIntegers('sparseValues', 'defaultValue')(tf.SparseToDense),
    asIntegers('x')(tf.Min),
  ],
};

const casting = (backendName: string, { inputs: named, to, back }: Rule): Wrapper['wrap'] => {
  const step = stepOn(backendName);
  return (run) => (call) => {
    const inputs = call.inputs as Inputs;
    const names = (named.length > 0 ? named : Object.keys(inputs)).filter((name) => inputs[name]);
    const dtypes = names.map((name) => inputs[name]!.dtype);
    const others = names.filter((_, at) => to(dtypes[at]!, dtypes) !== dtypes[at]);
    if (others.length === 0) return run(call);
    const backend = call.backend as KernelBackend;
    const free = ({ dataId }: TensorInfo): unknown => backend.disposeData(dataId);
    const cast = (x: TensorInfo, dtype: DataType): TensorInfo => step(tf.Cast, { x }, { backend }, { dtype });
    const casts = others.map((name) => cast(inputs[name]!, to(inputs[name]!.dtype, dtypes)));
    // Some kernels take a list, whose names are its indices.
    const given = Object.assign(Array.isArray(inputs) ? [...inputs] : { ...inputs });
    for (const [at, name] of others.entries()) given[name] = casts[at];
    try {
      const result = run({ ...call, inputs: given });
      // The inputs are the tape's record, from which `leaveOutAbsentInputs` has taken the absent ones.
      for (const name of Object.keys(inputs)) if (!(name in given)) Reflect.deleteProperty(inputs, name);
      const [first, ...rest] = [result].flat();
      if (!back || first!.dtype === dtypes[0]) return result;
      const restored = cast(first!, dtypes[0]!);
      free(first!);
      return Array.isArray(result) ? [restored, ...rest] : restored;
    } finally {
      casts.forEach(free);
    }
  };
};

/** Casts the inputs of kernels to dtypes that they support. */
export const dtypeWrappers = (backendName: string): readonly Wrapper[] =>
  [...everywhere, ...ofBackend[backendName]!].map((one) => ({
    name: one.name,
    wrap: casting(backendName, one),
  }));

import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { as, fixed, highestRank, isNumbers } from './fixed.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo | undefined>>;

/** An elementwise kernel: tensors of a rank for which tfjs has no program are flattened. */
const flat = (name: string): OwnKernel =>
  fixed<Inputs>(name, (stock) => (call) => {
    const given = Object.entries(call.inputs).filter(([, input]) => input !== undefined);
    const { shape } = given[0]![1]!;
    if (shape.length <= highestRank || !given.every(([, input]) => isNumbers(input!))) return stock(call);
    const row = [tf.util.sizeFromShape(shape)];
    const inputs = Object.fromEntries(given.map(([key, input]) => [key, as(row, input!)]));
    return as(shape, stock({ ...call, inputs }));
  });

/** A cast to complex makes two tensors, which keep their shape, so it is not flattened. */
const cast = fixed<{ readonly x: tf.TensorInfo }, { readonly dtype: tf.DataType }>(
  tf.Cast,
  (stock) => (call) => {
    const { x } = call.inputs;
    if (x.shape.length <= highestRank || !isNumbers(x) || call.attrs.dtype === 'complex64')
      return stock(call);
    return as(x.shape, stock({ ...call, inputs: { x: as([tf.util.sizeFromShape(x.shape)], x) } }));
  },
);

/** Fill has no input tensor: its attribute is flattened. */
const fill = fixed<object, { readonly shape: readonly number[]; readonly dtype?: tf.DataType }>(
  tf.Fill,
  (stock) => (call) => {
    const { shape, dtype } = call.attrs;
    if (shape.length <= highestRank || dtype === 'string') return stock(call);
    return as(
      shape,
      stock({ ...call, attrs: { ...call.attrs, shape: [tf.util.sizeFromShape([...shape])] } }),
    );
  },
);

const names = [
  ...[tf.Abs, tf.Acos, tf.Asin, tf.Atan, tf.Ceil, tf.ClipByValue, tf.Cos, tf.EluGrad, tf.Erf],
  ...[tf.Floor, tf.IsFinite, tf.IsInf, tf.IsNan, tf.LeakyRelu, tf.LogicalNot],
  ...[tf.Neg, tf.OnesLike, tf.Reciprocal, tf.Relu, tf.Round, tf.Rsqrt],
  ...[tf.Sign, tf.Sin, tf.Sqrt, tf.Square, tf.Step, tf.Tan, tf.ZerosLike],
];

/** The elementwise kernels of one tensor, apart from our own. */
export const flats: readonly OwnKernel[] = [...names.map(flat), cast, fill];

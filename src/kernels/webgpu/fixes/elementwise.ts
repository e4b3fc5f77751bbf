import * as tf from '@tensorflow/tfjs-core';
import { Select, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { as, fixed, highestRank } from './fixed.ts';

interface Inputs {
  readonly condition: TensorInfo;
  readonly t: TensorInfo;
  readonly e: TensorInfo;
}

/** tfjs's supports up to four axes. The condition has an entry per element, or per index of the first axis. */
export const select = fixed<Inputs>(Select, (stock) => (call) => {
  const { condition, t, e } = call.inputs;
  if (t.shape.length <= highestRank) return stock(call);
  const size = util.sizeFromShape(t.shape);
  const flat = condition.shape.length === 1 ? [condition.shape[0]!, size / condition.shape[0]!] : [size];
  const inputs = { condition: as(flat.slice(0, 1), condition), t: as(flat, t), e: as(flat, e) };
  return as(t.shape, stock({ ...call, inputs }));
});

type Shape = readonly number[];

/** Merges adjacent axes of two broadcasting shapes where the same operands are repeated. */
export const merged = (a: Shape, b: Shape): readonly [Shape, Shape] => {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: Shape): Shape => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [left, right] = [padded(a), padded(b)];
  const groups: { repeats: string; a: number; b: number }[] = [];
  left.forEach((x, axis) => {
    const y = right[axis]!;
    if (x === 1 && y === 1) return;
    const repeats = `${x === 1} ${y === 1}`;
    const last = groups.at(-1);
    if (last?.repeats === repeats) {
      last.a *= x;
      last.b *= y;
    } else groups.push({ repeats, a: x, b: y });
  });
  return [groups.map((group) => group.a), groups.map((group) => group.b)];
};

/** tfjs's programs support up to six axes. */
const binary = (name: string, first: string, second: string): OwnKernel =>
  fixed<Readonly<Record<string, tf.TensorInfo>>>(name, (stock) => (call) => {
    const [a, b] = [call.inputs[first]!, call.inputs[second]!];
    if (Math.max(a.shape.length, b.shape.length) <= highestRank) return stock(call);
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const [left, right] = merged(a.shape, b.shape);
    return as(shape, stock({ ...call, inputs: { [first]: as(left, a), [second]: as(right, b) } }));
  });

const names = [
  ...[tf.Add, tf.Sub, tf.Multiply, tf.RealDiv, tf.FloorDiv, tf.Mod, tf.SquaredDifference, tf.Atan2],
  ...[tf.Maximum, tf.Minimum, tf.LogicalAnd, tf.LogicalOr],
  ...[tf.Equal, tf.NotEqual, tf.Less, tf.LessEqual, tf.Greater, tf.GreaterEqual],
];

/** The kernels of two broadcasting tensors. */
export const binaries: readonly OwnKernel[] = [
  ...names.map((name) => binary(name, 'a', 'b')),
  binary(tf.Prelu, 'x', 'alpha'),
];

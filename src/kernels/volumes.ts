import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { stepOn, type Wrapper } from './kernel.ts';

type Numbers = readonly number[];

interface Attrs {
  readonly pad: unknown;
  readonly dataFormat?: string;
  readonly strides: number | Numbers;
  readonly filterSize?: number | Numbers;
  readonly filterShape?: Numbers;
  readonly inputShape?: Numbers;
}

/**
 * Cuts volumes, padded to `'same'`, to what the windows read. Where a window is narrower than the stride TensorFlow.js counts
 * negative padding, and moves all windows by half of it.
 */
const cutVolumes = (backendName: string): Wrapper['wrap'] => {
  const step = stepOn(backendName);
  return (run) => (call) => {
    const attrs = call.attrs as unknown as Attrs;
    if (attrs.pad !== 'same' || attrs.dataFormat === 'NCDHW') return run(call);
    const backend = call.backend as KernelBackend;
    const { x, filter } = call.inputs as Readonly<Record<string, TensorInfo | undefined>>;
    const { strides, filterSize, filterShape = filter?.shape, inputShape } = attrs;
    const shape = x?.shape ?? inputShape!;
    const three = (numbers: number | Numbers): Numbers =>
      typeof numbers === 'number' ? [numbers, numbers, numbers] : numbers;
    const [steps, taps] = [three(strides), three(filterSize ?? filterShape!)];
    const size = shape.map((length, axis) => {
      const stride = steps[axis - 1]!;
      return axis % 4 === 0
        ? length
        : Math.min(length, (Math.ceil(length / stride) - 1) * stride + taps[axis - 1]!);
    });
    if (tf.util.arraysEqual(size, [...shape])) return run(call);
    if (x) {
      const part = step(tf.Slice, { x }, { backend }, { begin: shape.map(() => 0), size });
      try {
        return run({ ...call, inputs: { ...call.inputs, x: part } });
      } finally {
        backend.disposeData(part.dataId);
      }
    }
    const part = run({ ...call, attrs: { ...call.attrs, inputShape: size } }) as TensorInfo;
    const paddings = shape.map((length, axis) => [0, length - size[axis]!]);
    const whole = step(tf.PadV2, { x: part }, { backend }, { paddings, constantValue: 0 });
    backend.disposeData(part.dataId);
    return whole;
  };
};

/** The kernels whose windows lie on volumes. */
export const volumeWrappers = (backendName: string): readonly Wrapper[] =>
  [tf.Conv3D, tf.Conv3DBackpropFilterV2, tf.Conv3DBackpropInputV2, tf.AvgPool3D, tf.MaxPool3D].map(
    (name) => ({ name, wrap: cutVolumes(backendName) }),
  );

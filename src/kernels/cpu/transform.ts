import { Concat, type TensorInfo, Transform } from '@tensorflow/tfjs-core';
import { type CpuKernel, step, tensorValues } from './cpuKernel.ts';

/** Transforms images one by one: tfjs's own kernel returns after the first, and fills the others. */
export const transform: CpuKernel = {
  name: Transform,
  run: (call, stock) => {
    const { backend } = call;
    const { image, transforms } = call.inputs as Readonly<Record<'image' | 'transforms', TensorInfo>>;
    const item = (x: TensorInfo, at: number): TensorInfo => {
      const values = tensorValues(backend, x);
      const each = values.length / x.shape[0]!;
      const own = values.subarray(at * each, (at + 1) * each);
      return backend.makeTensorInfo([1, ...x.shape.slice(1)], x.dtype, own);
    };
    const images = Array.from({ length: image.shape[0]! }, (_, at) => {
      const inputs = { image: item(image, at), transforms: item(transforms, at % transforms.shape[0]!) };
      const made = stock({ ...call, inputs });
      for (const { dataId } of Object.values(inputs)) backend.disposeData(dataId);
      return made;
    });
    if (images.length < 2) return images[0] ?? stock(call);
    const all = step(Concat, images, call, { axis: 0 });
    for (const { dataId } of images) backend.disposeData(dataId);
    return all;
  },
};

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type AdamNumbers, adamKernel } from '../adamKernel.ts';
import { alsoWriting } from './alsoWriting.ts';
import { eachNumber, floats } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** A step of Adam in one program; see `adamKernel`. */
export const adam: WebgpuKernel<TensorInfo[]> = {
  name: adamKernel,
  run: ({ inputs, attrs, backend }) => {
    const { first, second, gradient } = inputs as Readonly<
      Record<'first' | 'second' | 'gradient', TensorInfo>
    >;
    const { shape } = gradient;
    const { rate1, rate2, coarse, tiny, scale, epsilon } = attrs as unknown as AdamNumbers;
    const { nextFirst, nextSecond, result } = alsoWriting(
      backend,
      { nextFirst: shape, nextSecond: shape },
      (next) =>
        eachNumber(backend, {
          name: adamKernel,
          inputs: { first, second, gradient, ...next },
          uniforms: floats({ rate1, rate2, coarse, tiny, scale, epsilon }),
          shape,
          // Some compilers make a maximum of the choice, and lose NaN.
          body: `
let g = gradient[index];
let m = first[index] + (g - first[index]) * uniforms.rate1 + uniforms.coarse - uniforms.coarse;
let moved = second[index] + (g * g - second[index]) * uniforms.rate2;
let v = select(moved, uniforms.tiny, moved < uniforms.tiny && !isnan(moved));
nextFirst[index] = m;
nextSecond[index] = v;
setOutputAtIndex(index, m / (sqrt(v) * uniforms.scale + uniforms.epsilon));`,
        }),
    );
    return [nextFirst, nextSecond, result];
  },
};

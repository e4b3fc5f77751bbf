import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type AdamNumbers, adamKernel } from '../../ops/adam.ts';
import { multiOutput } from './multiOutput.ts';
import { eachNumber, floats } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** An Adam step in one program; see `adamKernel`. */
export const adam: WebgpuKernel<AdamNumbers, TensorInfo[]> = {
  name: adamKernel,
  run: ({ inputs, attrs, backend }) => {
    const { first, second, gradient } = inputs as Readonly<
      Record<'first' | 'second' | 'gradient', TensorInfo>
    >;
    const { shape } = gradient;
    const { rate1, rate2, coarse, tiny, scale, epsilon } = attrs;
    const { nextFirst, nextSecond, result } = multiOutput(
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
let moved = second[index] * (1.0 - uniforms.rate2) + g * g * uniforms.rate2;
let small = moved <= uniforms.tiny && !isnan(moved);
let root = sqrt(select(moved, uniforms.tiny, small)) * uniforms.scale;
nextFirst[index] = m;
nextSecond[index] = select(moved, 0.0, small);
setOutputAtIndex(index, select(m / (root + uniforms.epsilon), uniforms.NAN, moved == uniforms.INFINITY));`,
        }),
    );
    return [nextFirst, nextSecond, result];
  },
};

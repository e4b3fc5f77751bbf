import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type AdamNumbers, adamKernel } from '../adamKernel.ts';
import { eachNumber, floats, type Run } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** A step of Adam, see `adamKernel`. A program has one result: the three take one each. */
export const adam: WebgpuKernel<TensorInfo[]> = {
  name: adamKernel,
  run: ({ inputs, attrs, backend }) => {
    const { rate1, rate2, coarse, tiny, scale, epsilon } = attrs as unknown as AdamNumbers;
    const { gradient } = inputs as { readonly gradient: TensorInfo };
    const { shape } = gradient;
    const make = (name: string, run: Omit<Run, 'name' | 'shape'>): TensorInfo =>
      eachNumber(backend, { ...run, name: `${adamKernel} ${name}`, shape });
    const first = make('first', {
      inputs: { first: inputs.first!, gradient },
      uniforms: floats({ rate1, coarse }),
      body: `
let m = first[index];
setOutputAtIndex(index, m + (gradient[index] - m) * uniforms.rate1 + uniforms.coarse - uniforms.coarse);`,
    });
    const second = make('second', {
      inputs: { second: inputs.second!, gradient },
      uniforms: floats({ rate2, tiny }),
      // Some compilers make a maximum of the choice, and lose NaN.
      body: `
let g = gradient[index];
let v = second[index];
let next = v + (g * g - v) * uniforms.rate2;
setOutputAtIndex(index, select(next, uniforms.tiny, next < uniforms.tiny && !isnan(next)));`,
    });
    const direction = make('direction', {
      inputs: { first, second },
      uniforms: floats({ scale, epsilon }),
      body: 'setOutputAtIndex(index, first[index] / (sqrt(second[index]) * uniforms.scale + uniforms.epsilon));',
    });
    return [first, second, direction];
  },
};

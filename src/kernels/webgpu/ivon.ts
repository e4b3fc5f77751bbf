import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type IvonNumbers, ivonKernel } from '../../ops/ivon.ts';
import { multiOutput } from './multiOutput.ts';
import { eachNumber, floats } from './program.ts';
import { accurateLog1p } from './stableElementwise.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** A step of IVON in one program; see `ivonKernel`. */
export const ivon: WebgpuKernel<IvonNumbers, TensorInfo[]> = {
  name: ivonKernel,
  run: ({ inputs, attrs, backend }) => {
    const { momentum, dMean, dLogStd, logStd } = inputs as Readonly<
      Record<'momentum' | 'dMean' | 'dLogStd' | 'logStd', TensorInfo>
    >;
    const { shape } = momentum;
    const { rate1, coarse, rate2, scale, learningRate, clipRadius, limit } = attrs;
    const { nextMomentum, meanUpdate, result } = multiOutput(
      backend,
      { nextMomentum: shape, meanUpdate: shape },
      (next) =>
        eachNumber(backend, {
          name: ivonKernel,
          inputs: { momentum, dMean, dLogStd, logStd, ...next },
          uniforms: floats({ rate1, coarse, rate2, scale, learningRate, clipRadius, limit }),
          shape,
          functions: [accurateLog1p],
          // Some compilers make a maximum of a choice, and lose NaN.
          body: `
let m = momentum[index] + (dMean[index] - momentum[index]) * uniforms.rate1 + uniforms.coarse - uniforms.coarse;
let u = dLogStd[index] * uniforms.rate2;
let growth = u * (1.0 + 0.5 * u);
let ratio = m * (exp(2.0 * logStd[index]) * uniforms.scale) / (1.0 + growth);
let direction = select(ratio, sign(ratio) * uniforms.clipRadius, abs(ratio) > uniforms.clipRadius);
let lost = isnan(growth) || growth > uniforms.limit;
let lostMean = lost || isnan(m) || abs(m) == uniforms.INFINITY;
nextMomentum[index] = m;
meanUpdate[index] = select(-uniforms.learningRate * direction, uniforms.NAN, lostMean);
setOutputAtIndex(index, select(-0.5 * accurateLog1p(growth), uniforms.NAN, lost));`,
        }),
    );
    return [nextMomentum, meanUpdate, result];
  },
};

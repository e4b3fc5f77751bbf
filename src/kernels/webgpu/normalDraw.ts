import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type NormalDrawAttributes,
  normalDrawGradientKernel,
  normalDrawKernel,
} from '../../ops/normalDraw.ts';
import { noise, withKeys } from './keys.ts';
import { eachNumber, floats, integers, type Run } from './program.ts';
import { scoredDraw } from './scoredDraw.ts';
import type { WebgpuBackend } from './webgpuBackend.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Draws from normal distributions with the sums of both log densities; see `normalDrawKernel`. */
export const normalDraw: WebgpuKernel<NormalDrawAttributes, TensorInfo[]> = {
  name: normalDrawKernel,
  run: ({ inputs, attrs: density, backend }) => {
    const { mean, logStd } = inputs as Readonly<Record<'mean' | 'logStd', TensorInfo>>;
    const { words, scored } = density;
    const [draws, count] = [words.length / 2, util.sizeFromShape(mean.shape)];
    const zeros = (): TensorInfo => backend.makeTensorInfo([draws], 'float32', new Float32Array(draws));
    return withKeys(backend, words, (keys) => {
      if (scored && count > 0) return [...scoredDraw(backend, { mean, logStd, keys }, density)];
      const weights = eachNumber(backend, {
        name: normalDrawKernel,
        inputs: { mean, logStd, keys },
        uniforms: integers({ count }),
        functions: noise,
        shape: [draws, ...mean.shape],
        body: `
let draw = index / uniforms.count;
let at = index - draw * uniforms.count;
setOutputAtIndex(index, mean[at] + exp(logStd[at]) * standardNormal(keyBits(draw, at)));`,
      });
      return [weights, zeros(), zeros()];
    });
  },
};

/**
 * The offset of a draw from its mean. Where the deviation is so small beside the mean that the difference has lost its
 * digits, the noise is regenerated.
 */
const offset = `
fn offset(draw : i32, at : i32, deviation : f32) -> f32 {
  if (abs(mean[at]) <= 128.0 * deviation) { return weights[draw * uniforms.size + at] - mean[at]; }
  return deviation * standardNormal(keyBits(draw, at));
}`;

/** The gradient of a draw, including that of the log density under the prior. */
const ofWeight = `
fn ofWeight(draw : i32, at : i32) -> f32 {
  let here = draw * uniforms.size + at;
  return dWeights[here] - dPrior[draw] * uniforms.priorPrecision * (weights[here] - uniforms.centre);
}`;

type Given = Readonly<
  Record<'mean' | 'logStd' | 'weights' | 'dWeights' | 'dPosterior' | 'dPrior', TensorInfo>
>;

// Two programs: one would use nine storage buffers, and WebGPU guarantees eight.
const gradients = (
  backend: WebgpuBackend,
  { mean, logStd, weights, dWeights, dPosterior, dPrior }: Given,
  { words, eps, centre, precision }: NormalDrawAttributes,
  keys: TensorInfo,
): TensorInfo[] => {
  const make = (run: Pick<Run, 'inputs' | 'functions' | 'body'>, name: string): TensorInfo =>
    eachNumber(backend, {
      ...run,
      name: `${normalDrawGradientKernel} ${name}`,
      uniforms: {
        ...integers({ draws: words.length / 2 }),
        ...floats({ eps, centre, priorPrecision: precision }),
      },
      shape: mean.shape,
    });
  const dMean = make(
    {
      inputs: { weights, dWeights, dPrior },
      functions: [ofWeight],
      body: `
var sum = 0.0;
for (var draw = 0; draw < uniforms.draws; draw = draw + 1) { sum = sum + ofWeight(draw, index); }
setOutputAtIndex(index, sum);`,
    },
    'mean',
  );
  const dLogStd = make(
    {
      inputs: { mean, logStd, weights, dWeights, dPosterior, dPrior, keys },
      functions: [...noise, ofWeight, offset],
      body: `
let deviation = exp(logStd[index]);
let inverse = 1.0 / (deviation * deviation + uniforms.eps);
let curvature = uniforms.eps * inverse * inverse;
var sum = 0.0;
for (var draw = 0; draw < uniforms.draws; draw = draw + 1) {
  let off = offset(draw, index, deviation);
  sum = sum + ofWeight(draw, index) * off - dPosterior[draw] * (1.0 + off * off * curvature);
}
setOutputAtIndex(index, sum);`,
    },
    'logStd',
  );
  return [dMean, dLogStd];
};

/** The gradient of those draws; see `normalDrawGradientKernel`. */
export const normalDrawGradient: WebgpuKernel<NormalDrawAttributes, TensorInfo[]> = {
  name: normalDrawGradientKernel,
  run: ({ inputs, attrs, backend }) =>
    withKeys(backend, attrs.words, (keys) => gradients(backend, inputs as Given, attrs, keys)),
};

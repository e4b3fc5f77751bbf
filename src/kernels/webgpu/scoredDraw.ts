import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type NormalDrawAttributes, normalDrawKernel } from '../../ops/normalDraw.ts';
import { noise } from './keys.ts';
import { multiOutput } from './multiOutput.ts';
import { eachGroup, floats, integers, workgroupSize } from './program.ts';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** The number of draws per workgroup, which also sums their log densities. */
const part = 16 * workgroupSize;

/**
 * `reduceSum(place, x)`: the sum of `x` over the threads of a group, added in pairs, pairs of pairs and so on, so that
 * it is deterministic. All threads of the group must call it.
 */
const reduceSum = `
var<workgroup> pairs : array<vec2<f32>, ${workgroupSize}>;
fn reduceSum(place : i32, x : vec2<f32>) -> vec2<f32> {
  pairs[place] = x;
  workgroupBarrier();
  for (var reach = ${workgroupSize / 2}; reach > 0; reach = reach / 2) {
    if (place < reach) { pairs[place] = pairs[place] + pairs[place + reach]; }
    workgroupBarrier();
  }
  return pairs[0];
}`;

/** The sums of both log densities, over whole draws or parts of them. */
interface Sums {
  readonly posterior: TensorInfo;
  readonly prior: TensorInfo;
}

/** Draws, with the sums of both log densities over each part of each draw, `[draws, parts]`. */
const partial = (
  backend: WebgpuBackend,
  inputs: Readonly<Record<'mean' | 'logStd' | 'keys', TensorInfo>>,
  { words, eps, each, centre, precision, priorEach }: NormalDrawAttributes,
  parts: number,
): Sums & { readonly weights: TensorInfo } => {
  const { shape } = inputs.mean;
  const [draws, count] = [words.length / 2, util.sizeFromShape(shape)];
  const { result, ...more } = multiOutput(
    backend,
    { weights: [draws, ...shape], prior: [draws, parts] },
    (more) =>
      eachGroup(backend, draws * parts, {
        name: `${normalDrawKernel} partial`,
        inputs: { ...inputs, ...more },
        uniforms: {
          ...integers({ draws, parts, count }),
          ...floats({ eps, each, centre, priorPrecision: precision, priorEach }),
        },
        functions: [...noise, reduceSum],
        shape: [draws, parts],
        body: `
let draw = group / uniforms.parts;
let start = (group % uniforms.parts) * ${part};
let end = select(0, min(start + ${part}, uniforms.count), draw < uniforms.draws);
var sums = vec2<f32>(0.0);
for (var at = start + place; at < end; at = at + ${workgroupSize}) {
  let log = logStd[at];
  let deviation = exp(log);
  let weight = mean[at] + deviation * standardNormal(keyBits(draw, at));
  weights[draw * uniforms.count + at] = weight;
  let off = weight - mean[at];
  let far = weight - uniforms.centre;
  let own = uniforms.each - log - 0.5 * off * off / (deviation * deviation + uniforms.eps);
  sums = sums + vec2<f32>(own, uniforms.priorEach - 0.5 * uniforms.priorPrecision * far * far);
}
let whole = reduceSum(place, sums);
if (place == 0 && draw < uniforms.draws) {
  setOutputAtIndex(group, whole.x);
  prior[group] = whole.y;
}`,
      }),
  );
  return { ...more, posterior: result };
};

/** The sums of whole draws, `[draws]` each. */
const whole = (backend: WebgpuBackend, parts: Sums, [draws, each]: readonly [number, number]): Sums => {
  const { result, prior } = multiOutput(backend, { prior: [draws] }, (more) =>
    eachGroup(backend, draws, {
      name: `${normalDrawKernel} whole`,
      inputs: { parts: parts.posterior, priorParts: parts.prior, ...more },
      uniforms: integers({ each }),
      functions: [reduceSum],
      shape: [draws],
      body: `
var sums = vec2<f32>(0.0);
let end = select(0, uniforms.each, group < uniforms.size);
for (var at = place; at < end; at = at + ${workgroupSize}) {
  let here = group * uniforms.each + at;
  sums = sums + vec2<f32>(parts[here], priorParts[here]);
}
let whole = reduceSum(place, sums);
if (place == 0 && group < uniforms.size) {
  setOutputAtIndex(group, whole.x);
  prior[group] = whole.y;
}`,
    }),
  );
  return { posterior: result, prior };
};

/** Draws, `[draws, ...]`, and the sums of both log densities, `[draws]`; there must be at least one number to draw. */
export const scoredDraw = (
  backend: WebgpuBackend,
  inputs: Readonly<Record<'mean' | 'logStd' | 'keys', TensorInfo>>,
  attrs: NormalDrawAttributes,
): readonly [weights: TensorInfo, posterior: TensorInfo, prior: TensorInfo] => {
  const [draws, count] = [attrs.words.length / 2, util.sizeFromShape(inputs.mean.shape)];
  const parts = Math.ceil(count / part);
  const { weights, ...sums } = partial(backend, inputs, attrs, parts);
  if (parts === 1) {
    const row = (x: TensorInfo): TensorInfo => ({ ...x, shape: [draws] });
    return [weights, row(sums.posterior), row(sums.prior)];
  }
  const { posterior, prior } = whole(backend, sums, [draws, parts]);
  for (const { dataId } of [sums.posterior, sums.prior]) backend.disposeData(dataId);
  return [weights, posterior, prior];
};

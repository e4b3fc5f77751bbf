import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type NormalDrawAttributes, normalDrawKernel } from '../normalDrawKernel.ts';
import { eachGroup, floats, integers, together } from './program.ts';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** Numbers that a group adds up. */
const part = 16 * together;

/**
 * `addUp(place, x)`: a number and those of the group's other threads, added in pairs, pairs of pairs and so on, so that the
 * sum is the same each time. All threads of the group have to call it.
 */
const addUp = `
var<workgroup> pairs : array<vec2<f32>, ${together}>;
fn addUp(place : i32, x : vec2<f32>) -> vec2<f32> {
  pairs[place] = x;
  workgroupBarrier();
  for (var reach = ${together / 2}; reach > 0; reach = reach / 2) {
    if (place < reach) { pairs[place] = pairs[place] + pairs[place + reach]; }
    workgroupBarrier();
  }
  return pairs[0];
}`;

/** The sums of both log densities over each part of each draw, `[draws, parts, 2]`. */
const partial = (
  backend: WebgpuBackend,
  inputs: Readonly<Record<'mean' | 'logStd' | 'weights', TensorInfo>>,
  { words, eps, each, centre, precision, priorEach }: NormalDrawAttributes,
  parts: number,
): TensorInfo => {
  const [draws, count] = [words.length / 2, util.sizeFromShape(inputs.mean.shape)];
  return eachGroup(backend, draws * parts, {
    name: `${normalDrawKernel} partial`,
    inputs,
    uniforms: {
      ...integers({ draws, parts, count }),
      ...floats({ eps, each, centre, priorPrecision: precision, priorEach }),
    },
    functions: [addUp],
    shape: [draws, parts, 2],
    body: `
let draw = group / uniforms.parts;
let start = (group % uniforms.parts) * ${part};
let end = select(0, min(start + ${part}, uniforms.count), draw < uniforms.draws);
var sums = vec2<f32>(0.0);
for (var at = start + place; at < end; at = at + ${together}) {
  let log = logStd[at];
  let weight = weights[draw * uniforms.count + at];
  let off = weight - mean[at];
  let far = weight - uniforms.centre;
  let deviation = exp(log);
  let own = uniforms.each - log - 0.5 * off * off / (deviation * deviation + uniforms.eps);
  sums = sums + vec2<f32>(own, uniforms.priorEach - 0.5 * uniforms.priorPrecision * far * far);
}
let whole = addUp(place, sums);
if (place == 0 && draw < uniforms.draws) {
  setOutputAtIndex(2 * group, whole.x);
  setOutputAtIndex(2 * group + 1, whole.y);
}`,
  });
};

/** The sums of parts, one of the two: `[draws]`. */
const whole = (
  backend: WebgpuBackend,
  sums: TensorInfo,
  draws: number,
  parts: number,
  which: 0 | 1,
): TensorInfo =>
  eachGroup(backend, draws, {
    name: `${normalDrawKernel} whole`,
    inputs: { sums },
    uniforms: integers({ parts, which }),
    functions: [addUp],
    shape: [draws],
    body: `
var sum = 0.0;
let end = select(0, uniforms.parts, group < uniforms.size);
for (var at = place; at < end; at = at + ${together}) {
  sum = sum + sums[2 * (group * uniforms.parts + at) + uniforms.which];
}
let whole = addUp(place, vec2<f32>(sum, 0.0));
if (place == 0 && group < uniforms.size) { setOutputAtIndex(group, whole.x); }`,
  });

/** The sums of both log densities of each draw, `[draws]` each, under the posterior and under the prior. */
export const normalDrawSums = (
  backend: WebgpuBackend,
  inputs: Readonly<Record<'mean' | 'logStd' | 'weights', TensorInfo>>,
  attrs: NormalDrawAttributes,
): readonly [posterior: TensorInfo, prior: TensorInfo] => {
  const [draws, count] = [attrs.words.length / 2, util.sizeFromShape(inputs.mean.shape)];
  const zeros = (): TensorInfo => backend.makeTensorInfo([draws], 'float32', new Float32Array(draws));
  if (count === 0 || !attrs.scored) return [zeros(), zeros()];
  const parts = Math.ceil(count / part);
  const sums = partial(backend, inputs, attrs, parts);
  const both = ([0, 1] as const).map((which) => whole(backend, sums, draws, parts, which));
  backend.disposeData(sums.dataId);
  return both as unknown as readonly [TensorInfo, TensorInfo];
};

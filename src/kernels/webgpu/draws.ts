import { util } from '@tensorflow/tfjs-core';
import { type DrawAttributes, drawKernels } from '../../ops/draws.ts';
import type { Attributes } from '../kernel.ts';
import { keyBits, withKeys } from './keys.ts';
import { eachNumber, floats, integers } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';
import { standardNormal as standardNormalCode } from './wgsl/standardNormal.ts';
import { threefry } from './wgsl/threefry.ts';

/** A kernel that computes an expression of `bits`, with the named attributes as uniforms. */
const drawn = (
  name: string,
  parameters: readonly string[],
  expression: string,
  functions: readonly string[] = [],
): WebgpuKernel<DrawAttributes & Attributes> => ({
  name,
  run: ({ attrs, backend }) => {
    const { words, shape } = attrs;
    const each = (2 * util.sizeFromShape([...shape])) / words.length;
    return withKeys(backend, words, (keys) =>
      eachNumber(backend, {
        name,
        inputs: { keys },
        uniforms: {
          ...integers({ each, nothing: 0 }),
          ...floats(Object.fromEntries(parameters.map((each) => [each, attrs[each] as number]))),
        },
        functions: [threefry, keyBits, ...functions],
        shape,
        body: `
let key = index / uniforms.each;
let bits = keyBits(key, index - key * uniforms.each);
setOutputAtIndex(index, ${expression});`,
      }),
    );
  },
});

/** Standard normal numbers, up to rounding those of src/random/standardNormal.ts. */
export const standardNormal = drawn(drawKernels.standardNormal, [], 'standardNormal(bits)', [
  standardNormalCode,
]);

/**
 * Exactly the numbers of src/random/uniform.ts, which rounds the product before the addition. A device may fuse both,
 * unless it cannot know that nothing happens in between.
 */
const scaled = `
fn scaled(bits : u32) -> f32 {
  let product = f32(bits >> 9u) * ${2 ** -23} * uniforms.range;
  let rounded = bitcast<f32>(bitcast<i32>(product) ^ uniforms.nothing);
  return max(uniforms.low, rounded + uniforms.low);
}`;

/** Uniform numbers, exactly those of src/random/uniform.ts. */
export const uniform = drawn(drawKernels.uniform, ['low', 'range'], 'scaled(bits)', [scaled]);

/** Ones and zeros, exactly those of src/random/bernoulli.ts. */
export const bernoulli = drawn(
  drawKernels.bernoulli,
  ['threshold'],
  'select(0.0, 1.0, f32(bits >> 9u) < uniforms.threshold)',
);

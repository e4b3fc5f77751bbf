import { util } from '@tensorflow/tfjs-core';
import { type DrawAttributes, drawKernels } from '../../ops/draws.ts';
import type { Attributes } from '../kernel.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** A kernel that runs one kind of the compiled `draw`; `x` and `y` name the attributes for its parameters. */
const drawn = (name: string, kind: number, x = '', y = ''): WasmKernel<DrawAttributes & Attributes> => ({
  name,
  run: ({ attrs, backend }) => {
    const { words, shape } = attrs;
    const { draw, drawScratch } = kernelModule(backend);
    const parameter = (attribute: string): number => Number(attrs[attribute] ?? 0);
    return withScratch(backend, drawScratch(), (scratch) => {
      const out = backend.makeOutput([...shape], 'float32');
      const to = tensorAddress(backend, out);
      const keys = words.length / 2;
      const each = util.sizeFromShape([...shape]) / keys;
      for (let at = 0; at < keys; at++)
        draw(
          kind,
          words[2 * at]!,
          words[2 * at + 1]!,
          each,
          parameter(x),
          parameter(y),
          to + 4 * at * each,
          scratch,
        );
      return out;
    });
  },
});

/** Standard normal numbers, up to rounding those of src/random/standardNormal.ts. */
export const standardNormal = drawn(drawKernels.standardNormal, 0);

/** Uniform numbers, exactly those of src/random/uniform.ts. */
export const uniform = drawn(drawKernels.uniform, 1, 'low', 'range');

/** Ones and zeros, exactly those of src/random/bernoulli.ts. */
export const bernoulli = drawn(drawKernels.bernoulli, 2, 'threshold');

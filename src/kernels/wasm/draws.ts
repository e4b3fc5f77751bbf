import { util } from '@tensorflow/tfjs-core';
import { type DrawAttributes, drawKernels } from '../../ops/draws.ts';
import type { Attributes } from '../kernel.ts';
import { kernelModule } from './kernelModule.ts';
import { cut, partCount, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest draws of a part. */
const FEWEST = 8192;

/** A kernel that runs one kind of the compiled `draw`; `x` and `y` name the attributes for its parameters. */
const drawn = (name: string, kind: number, x = '', y = ''): WasmKernel<DrawAttributes & Attributes> => ({
  name,
  run: ({ attrs, backend }) => {
    const { words, shape } = attrs;
    const parameter = (attribute: string): number => Number(attrs[attribute] ?? 0);
    const out = backend.makeOutput([...shape], 'float32');
    const to = tensorAddress(backend, out);
    const [size, keys] = [util.sizeFromShape([...shape]), words.length / 2];
    const each = size / keys;
    const parts = Math.ceil(partCount(backend, size, FEWEST) / keys);
    runPartsWithScratch(
      backend,
      'draw',
      kernelModule(backend).drawScratch(),
      Array.from({ length: keys }, (_, key) =>
        cut(each, parts, 1024).map(
          ([start, end]) =>
            [
              ...([kind, words[2 * key]!, words[2 * key + 1]!, start, end] as const),
              ...([parameter(x), parameter(y), to + 4 * key * each] as const),
            ] as const,
        ),
      ).flat(),
    );
    return out;
  },
});

/** Standard normal numbers, up to rounding those of src/random/standardNormal.ts. */
export const standardNormal = drawn(drawKernels.standardNormal, 0);

/** Uniform numbers, exactly those of src/random/uniform.ts. */
export const uniform = drawn(drawKernels.uniform, 1, 'low', 'range');

/** Ones and zeros, exactly those of src/random/bernoulli.ts. */
export const bernoulli = drawn(drawKernels.bernoulli, 2, 'threshold');

import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type NormalDrawAttributes,
  normalDrawGradientKernel,
  normalDrawKernel,
} from '../../ops/normalDraw.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratchParts, writeIntegers } from './scratch.ts';
import { cut, partCount, type Range, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest draws of a part. */
const FEWEST = 8192;

/** The weights of which the compiled kernel writes the sums. */
const RUN = 1024;

const parts = (backend: WasmBackend, size: number, keys: number): readonly Range[] =>
  cut(size, partCount(backend, size * keys, FEWEST), RUN);

/** Draws from normal distributions with the sums of both log densities; see `normalDrawKernel`. */
export const normalDraw: WasmKernel<NormalDrawAttributes, TensorInfo[]> = {
  name: normalDrawKernel,
  run: ({ inputs, attrs, backend }) => {
    const { words, eps, each, centre, precision, priorEach } = attrs;
    const { shape } = inputs.mean!;
    const [size, keys] = [util.sizeFromShape(shape), words.length / 2];
    const outputs = [[keys, ...shape], [keys], [keys]].map((each) => backend.makeOutput(each, 'float32'));
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const [mean, logStd, weights] = [at(inputs.mean), at(inputs.logStd), at(outputs[0])];
    const { normalDrawDensities, normalDrawScratch, normalDrawSums } = kernelModule(backend);
    withScratchParts(backend, [4 * words.length, normalDrawSums(size, keys)], ([given, sums]) => {
      writeIntegers(backend, given, words);
      runPartsWithScratch(
        backend,
        'normalDraw',
        normalDrawScratch(),
        parts(backend, size, keys).map(
          ([start, end]) =>
            [start, end, size, keys, given, mean, logStd, eps, centre, weights, sums] as const,
        ),
      );
      const numbers = [each, precision, priorEach] as const;
      normalDrawDensities(size, keys, sums, ...numbers, at(outputs[1]), at(outputs[2]));
    });
    return outputs;
  },
};

/** The gradient of those draws; see `normalDrawGradientKernel`. */
export const normalDrawGradient: WasmKernel<NormalDrawAttributes, TensorInfo[]> = {
  name: normalDrawGradientKernel,
  run: ({ inputs, attrs, backend }) => {
    const { words, eps, centre, precision } = attrs;
    const { shape } = inputs.mean!;
    const [size, keys] = [util.sizeFromShape(shape), words.length / 2];
    const outputs = [shape, shape].map((each) => backend.makeOutput(each, 'float32'));
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const drawn = [at(inputs.mean), at(inputs.logStd), at(inputs.weights)] as const;
    const slopes = [at(inputs.dWeights), at(inputs.dPosterior), at(inputs.dPrior)] as const;
    const numbers = [eps, centre, precision, at(outputs[0]), at(outputs[1])] as const;
    withScratchParts(backend, [4 * words.length], ([given]) => {
      writeIntegers(backend, given, words);
      runPartsWithScratch(
        backend,
        'normalDrawGradient',
        kernelModule(backend).normalDrawScratch(),
        parts(backend, size, keys).map(
          ([start, end]) => [start, end, size, keys, given, ...drawn, ...slopes, ...numbers] as const,
        ),
      );
    });
    return outputs;
  },
};

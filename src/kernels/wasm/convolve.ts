import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { FEWEST_PRODUCTS, multiplications, withPlan } from './convolutionPlan.ts';
import { type ConvolutionSizes, eachSample, ownSample, roundUpToLanes } from './convolutionSizes.ts';
import { kernelModule } from './kernelModule.ts';
import { cut, partCount, type Range, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';

/** The parts of each sample and group: ranges of images, or of a filter's runs. */
const inParts = (
  backend: WasmBackend,
  sizes: ConvolutionSizes,
  { groups }: Geometry,
  count: number,
): readonly Range[] => {
  const apart = sizes.samples * groups;
  const parts = partCount(backend, apart * multiplications(sizes), FEWEST_PRODUCTS);
  return cut(count, Math.ceil(parts / apart), 1);
};

/** The address of a number in a sample of so many. */
const placeIn =
  (backend: WasmBackend) =>
  (tensor: TensorInfo, sample: number, size: number, from: number): number =>
    tensorAddress(backend, tensor) + (ownSample(tensor, sample) * size + from) * 4;

/** The convolution itself: each window times the filter, plus the bias. */
export const convolve = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { x, filter, bias }: { readonly x: TensorInfo; readonly filter: TensorInfo; readonly bias?: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const at = placeIn(backend);
  withPlan(backend, geometry, sizes, take, (plan) => {
    const ranges = inParts(backend, sizes, geometry, batch);
    const parts = eachSample(sizes, geometry, (group, sample) => {
      const tensors = [
        at(x, sample, batch * pixels * channels, group * take),
        at(filter, sample, taps * take * filters, group * give),
        bias ? at(bias, sample, filters, group * give) : 0,
        tensorAddress(backend, out) + (sample * batch * windows * filters + group * give) * 4,
      ] as const;
      return ranges.map(([first, last]) => [first, last, plan, ...tensors] as const);
    });
    runPartsWithScratch(backend, 'convolution', kernelModule(backend).convolutionScratch(plan, false), parts);
  });
  return out;
};

/**
 * The gradient of a convolution's images: for each tap, `dy` times the transposed weights under it, added to the
 * pixels under that tap.
 */
export const convolveByInput = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { dy, filter }: { readonly dy: TensorInfo; readonly filter: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const at = placeIn(backend);
  withPlan(backend, geometry, sizes, roundUpToLanes(take), (plan) => {
    const ranges = inParts(backend, sizes, geometry, batch);
    const parts = eachSample(sizes, geometry, (group, sample) => {
      const tensors = [
        at(dy, sample, batch * windows * filters, group * give),
        at(filter, sample, taps * take * filters, group * give),
        tensorAddress(backend, out) + (sample * batch * pixels * channels + group * take) * 4,
      ] as const;
      return ranges.map(([first, last]) => [first, last, plan, ...tensors] as const);
    });
    runPartsWithScratch(
      backend,
      'convolutionByInput',
      kernelModule(backend).convolutionScratch(plan, false),
      parts,
    );
  });
  return out;
};

/** The gradient of a convolution's filter: each window times its row of `dy`, summed over windows. */
export const convolveByFilter = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { x, dy }: { readonly x: TensorInfo; readonly dy: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const at = placeIn(backend);
  withPlan(backend, geometry, sizes, take, (plan, { runs }) => {
    const ranges = inParts(backend, sizes, geometry, runs.length);
    const parts = eachSample(sizes, geometry, (group, sample) => {
      const tensors = [
        at(x, sample, batch * pixels * channels, group * take),
        at(dy, sample, batch * windows * filters, group * give),
        tensorAddress(backend, out) + (sample * taps * take * filters + group * give) * 4,
      ] as const;
      return ranges.map(([first, last]) => [first, last, plan, ...tensors] as const);
    });
    runPartsWithScratch(
      backend,
      'convolutionByFilter',
      kernelModule(backend).convolutionScratch(plan, true),
      parts,
    );
  });
  return out;
};

import type { Geometry } from '../../ops/convolutionGeometry.ts';
import type { ConvolutionSizes } from './convolutionSizes.ts';
import { withScratch } from './memory.ts';
import { writeIntegers } from './scratch.ts';
import type { WasmBackend } from './wasmBackend.ts';
import { type WindowLayout, windowLayout } from './windowLayout.ts';

/** The bytes before the tables. */
const HEAD = 128;

/** What assembly/convolution.ts reads, in this order, and behind it three tables. */
const head = (
  { inputs, pads }: Geometry,
  { channels, filters, take, give, windows, taps, batch }: ConvolutionSizes,
  { size, runs, length, bytes }: WindowLayout,
): readonly number[] => [
  ...[...size, ...inputs, ...pads],
  ...[channels, take, filters, give, windows, taps, runs.length, length, bytes, batch],
];

/** Runs a function with the plan of a convolution in the backend's memory, for pixels of so many lanes in scratch. */
export const withPlan = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  lanes: number,
  f: (plan: number, layout: WindowLayout) => void,
): void => {
  const layout = windowLayout(geometry, lanes);
  const tables = [...layout.windows, ...layout.runs, ...layout.taps];
  withScratch(backend, HEAD + 4 * tables.length, (plan) => {
    writeIntegers(backend, plan, head(geometry, sizes, layout));
    writeIntegers(backend, plan + HEAD, tables);
    f(plan, layout);
  });
};

/** The fewest multiplications of a part. */
export const FEWEST_PRODUCTS = 200_000;

/** The multiplications of a convolution of one sample and one group. */
export const multiplications = ({ batch, windows, taps, take, give }: ConvolutionSizes): number =>
  batch * windows * taps * take * give;

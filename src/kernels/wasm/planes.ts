import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { kernelModule } from './kernelModule.ts';
import type { WasmBackend } from './wasmBackend.ts';
import type { WindowLayout } from './windowLayout.ts';

/** The numbers of a pixel that are copied: `take` of `channels`, to `lanes` in scratch. */
export interface Lanes {
  readonly channels: number;
  readonly take: number;
  readonly lanes: number;
}

type Move = (
  backend: WasmBackend,
  geometry: Geometry,
  layout: WindowLayout,
  lanes: Lanes,
  from: number,
  to: number,
) => void;

/** Copies an image into scratch, padded, and flushes denormal numbers. */
export const cutImage: Move = (backend, { inputs, pads }, { size }, { channels, take, lanes }, from, to) => {
  const { cutPlane } = kernelModule(backend);
  for (let z = 0; z < size[0]; z++) {
    const plane = z - pads[0];
    const inside = plane >= 0 && plane < inputs[0];
    cutPlane(
      size[1],
      size[2],
      inside ? inputs[1] : 0,
      inputs[2],
      pads[1],
      pads[2],
      channels,
      take,
      lanes,
      from + plane * inputs[1] * inputs[2] * channels * 4,
      to + z * size[1] * size[2] * lanes * 4,
    );
  }
};

/** Copies an image back from scratch, without its padding. */
export const pasteImage: Move = (
  backend,
  { inputs, pads },
  { size },
  { channels, take, lanes },
  from,
  to,
) => {
  const { pastePlane } = kernelModule(backend);
  for (let plane = 0; plane < inputs[0]; plane++) {
    const z = plane + pads[0];
    const inside = z >= 0 && z < size[0];
    pastePlane(
      inside ? size[1] : 0,
      size[2],
      inputs[1],
      inputs[2],
      pads[1],
      pads[2],
      channels,
      take,
      lanes,
      from + z * size[1] * size[2] * lanes * 4,
      to + plane * inputs[1] * inputs[2] * channels * 4,
    );
  }
};

/** Copies rows into scratch, and flushes denormal numbers. */
export const cutRows = (
  backend: WasmBackend,
  rows: number,
  { channels, take, lanes }: Lanes,
  from: number,
  to: number,
): void => kernelModule(backend).cutPlane(1, rows, 1, rows, 0, 0, channels, take, lanes, from, to);

/** Copies rows back from scratch. */
export const pasteRows = (
  backend: WasmBackend,
  rows: number,
  { channels, take, lanes }: Lanes,
  from: number,
  to: number,
): void => kernelModule(backend).pastePlane(1, rows, 1, rows, 0, 0, channels, take, lanes, from, to);

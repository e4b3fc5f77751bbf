import { MaxPoolWithArgmax, type TensorInfo } from '@tensorflow/tfjs-core';
import { explicitPads, paddedKernels } from '../../explicitPads.ts';
import type { OwnKernel } from '../../replaceKernels.ts';
import { mended } from './mended.ts';

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;
type Attributes = Readonly<Record<string, unknown>>;

/** Kernels of windows on images, told the padding of each side; tfjs has no `MaxPoolWithArgmax` there. */
export const paddings: readonly OwnKernel[] = paddedKernels
  .filter((name) => name !== MaxPoolWithArgmax)
  .map((name) =>
    mended<Inputs, Attributes>(
      name,
      (stock) => (call) => stock({ ...call, attrs: explicitPads(name, call.inputs, call.attrs) }),
    ),
  );

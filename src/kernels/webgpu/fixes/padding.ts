import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { explicitPads, paddedKernels } from '../../explicitPads.ts';
import { fixed } from './fixed.ts';

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;
type Attributes = Readonly<Record<string, unknown>>;

/** The window kernels with explicit padding. */
export const paddings: readonly OwnKernel[] = paddedKernels.map((name) =>
  fixed<Inputs, Attributes>(
    name,
    (stock) => (call) => stock({ ...call, attrs: explicitPads(name, call.inputs, call.attrs) }),
  ),
);

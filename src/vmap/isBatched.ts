import type { Tensor } from '@tensorflow/tfjs-core';
import { resolve } from './promote.ts';
import { vmapState } from './state.ts';
import { isTracer } from './tracer.ts';

/** Whether a tensor stands for a batch inside `vmap`, be it because it is differentiated there. */
export const isBatched = (tensor: Tensor): boolean => isTracer(resolve(vmapState())(tensor));

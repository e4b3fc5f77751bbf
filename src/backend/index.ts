import './gradients.ts';
import './setup.ts';

export { canReadSync } from './canReadSync.ts';
export { useKernels } from './useKernels.ts';

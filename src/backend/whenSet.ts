import { registerKernel } from '@tensorflow/tfjs-core';
import { hasKernel } from './hasKernel.ts';

const kernelName = 'TfjsBayesianSetup';

/**
 * Runs a function each time a backend has been made the current one, the first such function of a backend alone. tfjs
 * calls the setup of every kernel of the backend then; this registers one for the sake of its setup. It needs nothing
 * of the backend's package, which may be imported earlier, later or never.
 */
export const whenSet = (backendName: string, f: () => void): void => {
  if (hasKernel(kernelName, backendName)) return;
  registerKernel({
    kernelName,
    backendName,
    setupFunc: f,
    kernelFunc: () => {
      throw new Error(`${kernelName} is not for running`);
    },
  });
};

import { getGradient, registerGradient } from '@tensorflow/tfjs-core';
import { convolutionGradients } from './convolutionGradients.ts';
import { matMulGradient } from './matMulGradient.ts';
import { normalDrawGradient } from './normalDrawKernel.ts';
import { reluGradient } from './reluGradient.ts';
import { meanGradient, sumGradient } from './sumGradient.ts';
import { installKernels, kernelsWanted } from './useKernels.ts';
import { whenSet } from './whenSet.ts';

// What a program imports after this library (the packages of backends, all of tfjs with its gradients) may register
// its own in place of ours. So all is registered now, for a backend that runs already, and when a backend is set.
const setup = (): void => {
  for (const gradient of [
    matMulGradient,
    meanGradient,
    normalDrawGradient,
    reluGradient,
    sumGradient,
    ...convolutionGradients,
  ])
    if (getGradient(gradient.kernelName) !== gradient) registerGradient(gradient);
  if (kernelsWanted()) installKernels();
};

for (const backend of ['cpu', 'wasm', 'webgl', 'webgpu', 'tensorflow']) whenSet(backend, setup);
setup();

import { getGradient, registerGradient, registerKernel } from '@tensorflow/tfjs-core';
import { keepToOneThread } from '../kernels/wasm/fixes/keepToOneThread.ts';
import { removeRethrowing } from '../kernels/wasm/fixes/removeRethrowing.ts';
import { explainReading } from '../kernels/webgpu/explainReading.ts';
import { batchNormGradient, leaveOutAbsentInputs } from '../ops/gradients/batchNorm.ts';
import { castGradient, constantGradients } from '../ops/gradients/constants.ts';
import { convolutionGradients } from '../ops/gradients/convolution.ts';
import { plainConvolutionGradients } from '../ops/gradients/convolutions.ts';
import { elementwiseGradients, reluGradient } from '../ops/gradients/elementwise.ts';
import { imageGradients } from '../ops/gradients/images.ts';
import { lossGradients } from '../ops/gradients/losses.ts';
import { matMulGradient } from '../ops/gradients/matMul.ts';
import { poolingGradients } from '../ops/gradients/pooling.ts';
import { meanGradient, reductionGradients, sumGradient } from '../ops/gradients/reductions.ts';
import { rowGradients } from '../ops/gradients/rows.ts';
import { shapeGradients } from '../ops/gradients/shapes.ts';
import { normalDrawGradient } from '../ops/normalDraw.ts';
import { hasKernel, running } from '../ops/registry.ts';
import { installKernels, kernelsWanted } from './useKernels.ts';

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

// What a program imports after this library (the packages of backends, all of tfjs with its gradients) may register
// its own in place of ours. So all is registered now, for a backend that runs already, and when a backend is set.
const gradients = [
  batchNormGradient,
  castGradient,
  matMulGradient,
  meanGradient,
  normalDrawGradient,
  reluGradient,
  sumGradient,
  ...constantGradients,
  ...convolutionGradients,
  ...elementwiseGradients,
  ...plainConvolutionGradients,
  ...imageGradients,
  ...lossGradients,
  ...poolingGradients,
  ...reductionGradients,
  ...rowGradients,
  ...shapeGradients,
];

const backends = ['cpu', 'wasm', 'webgl', 'webgpu', 'tensorflow'];

const setup = (): void => {
  for (const gradient of gradients)
    if (getGradient(gradient.kernelName) !== gradient) registerGradient(gradient);
  backends.forEach(leaveOutAbsentInputs);
  if (running('wasm')) removeRethrowing();
  const gpu = running('webgpu');
  if (gpu) explainReading(gpu);
  if (kernelsWanted()) installKernels();
};

keepToOneThread();
for (const backend of backends) whenSet(backend, setup);
setup();

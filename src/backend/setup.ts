import { getGradient, registerGradient } from '@tensorflow/tfjs-core';
import { convolutionGradients } from './convolutionGradients.ts';
import { batchNormGradient, leaveOutAbsentInputs } from './gradients/batchNorm.ts';
import { castGradient, constantGradients } from './gradients/constants.ts';
import { elementwiseGradients } from './gradients/elementwise.ts';
import { imageGradients } from './gradients/images.ts';
import { lossGradients } from './gradients/losses.ts';
import { poolingGradients } from './gradients/pooling.ts';
import { reductionGradients } from './gradients/reductions.ts';
import { rowGradients } from './gradients/rows.ts';
import { shapeGradients } from './gradients/shapes.ts';
import { matMulGradient } from './matMulGradient.ts';
import { normalDrawGradient } from './normalDrawKernel.ts';
import { reluGradient } from './reluGradient.ts';
import { running } from './running.ts';
import { meanGradient, sumGradient } from './sumGradient.ts';
import { installKernels, kernelsWanted } from './useKernels.ts';
import { keepToOneThread } from './wasm/keepToOneThread.ts';
import { removeRethrowing } from './wasm/removeRethrowing.ts';
import { explainReading } from './webgpu/explainReading.ts';
import { whenSet } from './whenSet.ts';

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

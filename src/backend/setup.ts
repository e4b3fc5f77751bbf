import '../ops/stockGradients.ts';
import { getGradient, registerGradient, registerKernel } from '@tensorflow/tfjs-core';
import { keepToOneThread } from '../kernels/wasm/fixes/keepToOneThread.ts';
import { removeRethrowing } from '../kernels/wasm/fixes/removeRethrowing.ts';
import { addNoiseGradient } from '../ops/addNoise.ts';
import { choleskyGradient } from '../ops/cholesky.ts';
import { batchNormGradient, leaveOutAbsentInputs } from '../ops/gradients/batchNorm.ts';
import { castGradient, constantGradients } from '../ops/gradients/constants.ts';
import { convolutionGradients } from '../ops/gradients/convolution.ts';
import { plainConvolutionGradients } from '../ops/gradients/convolutions.ts';
import { elementwiseGradients } from '../ops/gradients/elementwise.ts';
import { imageGradients } from '../ops/gradients/images.ts';
import { lossGradients } from '../ops/gradients/losses.ts';
import { matMulGradient } from '../ops/gradients/matMul.ts';
import { poolingGradients } from '../ops/gradients/pooling.ts';
import { meanGradient, reductionGradients, sumGradient } from '../ops/gradients/reductions.ts';
import { rowGradients } from '../ops/gradients/rows.ts';
import { shapeGradients } from '../ops/gradients/shapes.ts';
import { normalDivergenceGradient } from '../ops/normalDivergence.ts';
import { normalDrawGradient } from '../ops/normalDraw.ts';
import { hasKernel, running, setupKernel } from '../ops/registry.ts';
import { reluGradient } from '../ops/relu.ts';
import { triangularSolveGradient } from '../ops/triangularSolve.ts';
import { withSquareGradient } from '../ops/withSquare.ts';
import { loadedKernels } from './kernelSets.ts';
import { installKernels, kernelsWanted } from './useKernels.ts';

/**
 * Runs a function each time a backend becomes the current one; only the first function of a backend is registered.
 * tfjs then calls the setup of every kernel of the backend, so this registers a kernel with that setup. The package of
 * the backend may be imported before, after or never.
 */
const whenSet = (backendName: string, f: () => void): void => {
  if (hasKernel(setupKernel, backendName)) return;
  registerKernel({
    kernelName: setupKernel,
    backendName,
    setupFunc: f,
    kernelFunc: () => {
      throw new Error(`${setupKernel} must not be run`);
    },
  });
};

// Packages imported after this library (backends, all of tfjs with its gradients) may replace our registrations. So
// register everything now, for a backend that is already running, and again whenever a backend is set.
const gradients = [
  addNoiseGradient,
  batchNormGradient,
  castGradient,
  choleskyGradient,
  matMulGradient,
  meanGradient,
  normalDivergenceGradient,
  normalDrawGradient,
  reluGradient,
  sumGradient,
  triangularSolveGradient,
  withSquareGradient,
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
  if (gpu) loadedKernels.webgpu?.explainReading(gpu);
  if (kernelsWanted()) installKernels();
};

keepToOneThread();
for (const backend of backends) whenSet(backend, setup);
setup();

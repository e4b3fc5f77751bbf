import { padded, withPaddedKernels } from '../explicitPads.ts';
import { adam, adamApply } from './adam.ts';
import { addNoises } from './addNoise.ts';
import { avgPoolGradient } from './avgPoolGradient.ts';
import { sampledConvolutions } from './convolution.ts';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  conv3dFilterGradient,
  conv3dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from './convolutionGradients.ts';
import { drawnProduct } from './drawnProduct.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { exp, expm1, identity, log1p, reluGradient } from './elementwise.ts';
import { fixes } from './fixes/booleans.ts';
import { bounds } from './fixes/bounds.ts';
import { withBroadcasts } from './fixes/broadcast.ts';
import { cast } from './fixes/cast.ts';
import { convolutions } from './fixes/explicitPads.ts';
import { indexed } from './fixes/indices.ts';
import { maxima } from './fixes/maxima.ts';
import { pooling } from './fixes/pooling.ts';
import { groupNorms } from './groupNorm.ts';
import { hostKernels } from './hostKernels.ts';
import { ivon, ivonApply } from './ivon.ts';
import { maxPool, maxPoolGradient } from './maxPool.ts';
import { bothMoments } from './moments.ts';
import { normalDivergences } from './normalDivergence.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import { withPasses } from './passes.ts';
import { batchMatMul, fusedMatMul } from './products.ts';
import { inspect } from './recording/inspect.ts';
import { softmaxes } from './softmax.ts';
import { mean, sum } from './sum.ts';
import { tile } from './tile.ts';
import { transpose } from './transpose.ts';
import { cholesky, triangularSolve } from './triangular.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';
import type { WasmKernel } from './wasmKernel.ts';
import { withSquares } from './withSquare.ts';

const kernels: readonly WasmKernel<object>[] = [
  adam,
  adamApply,
  ...addNoises,
  avgPoolGradient,
  batchMatMul,
  bernoulli,
  ...bounds,
  cast,
  cholesky,
  conv2dFilterGradient,
  conv2dInputGradient,
  conv3dFilterGradient,
  conv3dInputGradient,
  ...convolutions,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  drawnProduct,
  exp,
  expm1,
  ...fixes,
  fusedMatMul,
  ...groupNorms,
  ...hostKernels,
  identity,
  inspect,
  ...indexed,
  ivon,
  ivonApply,
  log1p,
  ...maxima,
  maxPool,
  maxPoolGradient,
  mean,
  ...bothMoments,
  ...normalDivergences,
  normalDraw,
  normalDrawGradient,
  ...pooling,
  reluGradient,
  ...sampledConvolutions,
  ...softmaxes,
  standardNormal,
  sum,
  tile,
  transpose,
  triangularSolve,
  uniform,
  unsortedSegmentSum,
  ...withSquares,
];

/** All of the library's kernels for tfjs's wasm backend. */
export const wasmKernels: readonly WasmKernel<object>[] = withPaddedKernels(
  withBroadcasts(withPasses(kernels)),
  (name): WasmKernel => ({ name, run: (call, stock) => stock(call) }),
).map(padded);

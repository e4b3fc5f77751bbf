export { adam } from './adam.ts';
export { addNoise, addNoiseGradient, addNoiseScratch, addNoiseSums } from './addNoise.ts';
export { avgPoolGradient } from './avgPool.ts';
export { clip, extremes } from './bounds.ts';
export {
  convolution,
  convolutionByFilter,
  convolutionByInput,
  convolutionScratch,
} from './convolution.ts';
export { depthwiseFilterRow, depthwiseInputRow, depthwiseRow } from './depthwise.ts';
export { draw, drawScratch } from './draw.ts';
export { drawnProduct, drawnProductScratch } from './drawnProduct.ts';
export { exp, expm1, expScratch } from './exp.ts';
export { groupNorm, groupNormGradient, groupNormScratch } from './groupNorm.ts';
export { ivon, ivonScratch } from './ivon.ts';
export { joinSquare } from './joinSquare.ts';
export { log1pNearZero } from './log1p.ts';
export { maxPool, maxPoolGradient } from './maxPool.ts';
export { moments, momentsGradient, momentsScratch } from './moments.ts';
export {
  addDoubles,
  normalDivergence,
  normalDivergenceGradient,
  normalDivergenceScratch,
} from './normalDivergence.ts';
export { normalDraw, normalDrawDensities, normalDrawSums } from './normalDraw.ts';
export { normalDrawGradient } from './normalDrawGradient.ts';
export { normalDrawScratch } from './normalDrawScratch.ts';
export { addToDoubles, fromDoubles } from './numbers.ts';
export { combine, mapEach } from './passes.ts';
export { fillRows } from './planes.ts';
export { productScratch, products } from './product.ts';
export { reluGradient } from './reluGradient.ts';
export { longSegments, segmentSum } from './segmentSum.ts';
export {
  labelLogProbs,
  labelLogProbsGradient,
  softmax,
  softmaxGradient,
  softmaxScratch,
} from './softmax.ts';
export { sumColumns, sumRows, sumScratch } from './sum.ts';
export { swapMiddle } from './swapMiddle.ts';
export { threefry } from './threefry.ts';
export { repeat } from './tile.ts';
export { cholesky, triangularSolve } from './triangular.ts';
export { zero } from './zero.ts';

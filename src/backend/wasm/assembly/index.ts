export { adam } from './adam.ts';
export { depthwiseFilterRow, depthwiseInputRow } from './depthwise.ts';
export { draw, drawScratch } from './draw.ts';
export { gatherRow, scatterRow } from './patches.ts';
export { product, productScratch } from './product.ts';
export { segmentSum } from './segmentSum.ts';
export { threefry } from './threefry.ts';
export { zero } from './zero.ts';

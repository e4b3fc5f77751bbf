export { draw, drawScratch } from './draw.ts';
export { product, productScratch } from './product.ts';
export { threefry } from './threefry.ts';

export { product, productScratch } from './product.ts';

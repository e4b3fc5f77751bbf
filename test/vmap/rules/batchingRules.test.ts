import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adamKernel } from '../../../src/backend/adamKernel.ts';
import { convolutionKernels } from '../../../src/backend/convolutionKernels.ts';
import { batchingRules } from '../../../src/vmap/rules/batchingRules.ts';

const known = new Set<unknown>(
  [...Object.values(tf), adamKernel, ...Object.values(convolutionKernels)].filter(
    (value) => typeof value === 'string',
  ),
);

describe('the table of batching rules', () => {
  it('names only kernels of tfjs and our own', () => {
    expect(Object.keys(batchingRules).filter((name) => !known.has(name))).toEqual([]);
  });

  it('covers every kernel of the cpu backend but those that are left to the fallback', async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    const kernels = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
    const created = ['Fill', 'LinSpace', 'Range', 'Draw'];
    expect(kernels.filter((name) => !(name in batchingRules) && !created.includes(name)).sort()).toEqual([
      'Bincount',
      'BroadcastArgs',
      'CropAndResize',
      'DenseBincount',
      'Diag',
      'Dilation2DBackpropFilter',
      'Dilation2DBackpropInput',
      'Einsum',
      'NonMaxSuppressionV4',
      'RaggedGather',
      'RaggedRange',
      'RaggedTensorToTensor',
      'SparseReshape',
      'SparseSegmentMean',
      'SparseSegmentSum',
      'SparseToDense',
      'StaticRegexReplace',
      'StringNGrams',
      'StringSplit',
      'StringToHashBucketFast',
      'Transform',
    ]);
  });
});

import { util } from '@tensorflow/tfjs-core';
import { resolve } from '../../src/layers/core/resolve.ts';
import type { Net } from './modules.ts';

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/**
 * What our closed form for a flat prior has and torch_blue's has not while its norm constants are off:
 * -log(2 pi) / 2 for each of `size` weights. Ours is the exact negative entropy, whatever the densities do.
 */
export const entropyConstant = (size: number, normalized: boolean): number =>
  normalized ? 0 : -halfLogTwoPi * size;

/** `entropyConstant` over all weights of a network with a normal posterior and a flat prior. */
export const sumEntropyConstants = (net: Net, normalized: boolean): number =>
  entropyConstant(
    resolve({})(net)
      .sites.map(({ posterior, prior, shape }) =>
        posterior.name === 'normal' && prior.name === 'flat' ? util.sizeFromShape([...shape]) : 0,
      )
      .reduce((a, b) => a + b, 0),
    normalized,
  );

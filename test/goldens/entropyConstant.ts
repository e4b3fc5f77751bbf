import { util } from '@tensorflow/tfjs-core';
import { fold } from '../../src/layers/fold.ts';
import type { Net } from './modules.ts';

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/**
 * What our closed form for a flat prior has and torch_blue's has not while its norm constants are off:
 * -log(2 pi) / 2 for each of `size` weights. Ours is the exact negative entropy, whatever the densities do.
 */
export const entropyConstant = (size: number, normalized: boolean): number =>
  normalized ? 0 : -halfLogTwoPi * size;

/** `entropyConstant` over all weights of a network with a normal posterior and a flat prior. */
export const entropyConstantOf = (net: Net, normalized: boolean): number =>
  entropyConstant(
    fold<number>({
      variable: ({ posterior, prior, shape }) =>
        posterior.name === 'normal' && prior.name === 'flat' ? util.sizeFromShape([...shape]) : 0,
      randomKey: () => 0,
      layer: (_, parts) => Object.values(parts).reduce((a, b) => a + b, 0),
    })({})(net),
    normalized,
  );

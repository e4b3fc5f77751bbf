import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { calibration, negativeLogLikelihood } from '../../src/metrics/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { take } from '../support/numbers.ts';

/** Rows (0.9, 0.1), all of class 0. */
const rowsOf = (rows: number): readonly [tf.Tensor, tf.Tensor] => [
  tf.tidy(() => tf.tile(tf.tensor2d([[0.9, 0.1]]), [rows, 1])),
  tf.zeros([rows], 'int32'),
];

describe.skipIf(!kernels)('long sums keep their digits', () => {
  describeOnBackends('in metrics', (backend) => {
    it('of a million rows: the calibration error', () => {
      const rows = rowsOf(1e6);
      const { ece, confidence, accuracy, count } = calibration(...rows);
      expect(Math.abs(take(ece)[0]! - 0.1)).toBeLessThan(1e-6);
      tf.dispose([confidence, accuracy, count, ...rows]);
    });

    // On cpu and on a GPU made of software so many take long.
    const rows = backend === 'wasm' ? 1e7 : 1e6;
    it(`of ${rows} rows: the negative log likelihood`, () => {
      const given = rowsOf(rows);
      expect(Math.abs(take(negativeLogLikelihood(...given))[0]! / -Math.log(0.9) - 1)).toBeLessThan(1e-5);
      tf.dispose([...given]);
    });
  });
});

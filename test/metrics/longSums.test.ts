import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { calibration, negativeLogLikelihood } from '../../src/metrics/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { take } from '../support/numbers.ts';

/** Rows (0.9, 0.1), all of class 0. */
const makeRows = (rows: number): readonly [tf.Tensor, tf.Tensor] => [
  tf.tidy(() => tf.tile(tf.tensor2d([[0.9, 0.1]]), [rows, 1])),
  tf.zeros([rows], 'int32'),
];

describe.skipIf(!kernels)('long sums keep their digits', () => {
  describeOnBackends('in metrics', (backend) => {
    // The cpu backend and a GPU made of software take minutes for more.
    const binned = backend === 'wasm' ? 1e6 : 1e5;
    it(`of ${binned} rows: the calibration error`, () => {
      const rows = makeRows(binned);
      const { ece, confidence, accuracy, count } = calibration(...rows);
      expect(Math.abs(take(ece)[0]! - 0.1)).toBeLessThan(1e-6);
      tf.dispose([confidence, accuracy, count, ...rows]);
    });

    const rows = { cpu: 1e6, wasm: 1e7, webgpu: 1e5 }[backend];
    it(`of ${rows} rows: the negative log likelihood`, () => {
      const given = makeRows(rows);
      expect(Math.abs(take(negativeLogLikelihood(...given))[0]! / -Math.log(0.9) - 1)).toBeLessThan(1e-5);
      tf.dispose([...given]);
    });
  });
});

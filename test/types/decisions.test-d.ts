import type * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf, test } from 'vitest';
import { calibration, conformal, type random, temperatureScaling } from '../../src/index.ts';

const p = {} as tf.Tensor;
const key = {} as random.Key;

test('calibration by class has results for each class', () => {
  expectTypeOf(calibration(p, p).count).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(calibration(p, p, { classwise: true }).count).toEqualTypeOf<tf.Tensor2D>();
  // @ts-expect-error: overall there is none
  calibration(p, p, { adaptive: true }).classEce;
});

test('what is fitted is a promise, and what is known is not', () => {
  expectTypeOf(temperatureScaling(p, p)).toEqualTypeOf<Promise<ReturnType<typeof known>>>();
  const known = () => temperatureScaling({ temperature: 1 });
  expectTypeOf(conformal.regression({ level: 0.9, margins: [1] }).margins).toEqualTypeOf<readonly number[]>();
  expectTypeOf(
    conformal.regression({ level: 0.9 }),
  ).returns.resolves.toEqualTypeOf<conformal.RegressionIntervals>();
});

test('randomised sets take a key, others none', () => {
  const exact = conformal.sets({ level: 0.9, key });
  expectTypeOf(exact)
    .returns.resolves.toHaveProperty('apply')
    .parameters.toEqualTypeOf<[tf.Tensor, random.Key]>();
  const plain = conformal.sets({ level: 0.9, threshold: 1 });
  expectTypeOf(plain.apply).parameters.toEqualTypeOf<[tf.Tensor]>();
  // @ts-expect-error: a set that is drawn needs a key
  conformal.sets({ level: 0.9, threshold: 1, randomized: true }).apply(p);
});

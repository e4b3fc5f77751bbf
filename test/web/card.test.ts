import * as tf from '@tensorflow/tfjs-core';
import '../support/backends.ts';
import { readFileSync, statSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpoint, tree } from '../../src/index.ts';
import data from '../../web/digits/card.json';
import type { Card } from '../../web/digits/card.ts';
import { centred } from '../../web/digits/centre.ts';
import { letters } from '../../web/digits/letters.ts';
import { digitModel } from '../../web/digits/network.ts';
import { traceStrokes } from '../../web/digits/skeleton.ts';
import { answers, type DigitAnswer, type DigitParams, quantile } from '../../web/models/digits.ts';
import { judge } from '../../web/page/verdict.ts';
import { testDigits } from './support/testDigits.ts';

const card: Card = data;
const file = 'web/digits/digits.safetensors';
const { pictures, labels } = testDigits(200);

let params: DigitParams;
beforeAll(async () => {
  await tf.setBackend('wasm');
  const loaded = await checkpoint.load(digitModel)(readFileSync(file))();
  if (E.isLeft(loaded)) throw new Error(loaded.left.message);
  params = loaded.right;
});
afterAll(() => tree.dispose(params));

const likeliest = ({ probabilities }: DigitAnswer): number =>
  probabilities.indexOf(Math.max(...probabilities));
const right = (given: readonly DigitAnswer[]): number =>
  given.filter((answer, i) => likeliest(answer) === labels[i]).length / given.length;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('the network of the page', () => {
  it('is shipped in less than half of what its weights take in float16, without the pruned ones', () => {
    expect(statSync(file).size).toBeLessThan(61_706 * 2);
    const spreads = tree
      .entries(params)
      .filter(({ path }) => path.at(-1) === 'logStd')
      .map(({ tensor }) => tensor.dataSync());
    const kept = spreads.reduce((sum, each) => sum + each.filter((logStd) => logStd > -1000).length, 0);
    expect(kept / 61_706).toBeCloseTo(card.kept, 4);
  });

  it('reads test digits as its card says, original and redrawn, and leaks no tensors', async () => {
    const before = tf.memory().numTensors;
    // Four standard errors of a share of 200.
    const margin = (share: number): number => 4 * Math.sqrt((share * (1 - share)) / 200);
    const { test, redrawn } = card;
    expect(right(await answers(params, pictures))).toBeGreaterThan(test.accuracy - margin(test.accuracy));
    const again = await answers(
      params,
      pictures.map((picture) => centred(traceStrokes(picture))!),
    );
    expect(right(again)).toBeGreaterThan(redrawn.accuracy - margin(redrawn.accuracy));
    const refused = again.filter((answer) => judge(answer, card.threshold).digit === undefined).length / 200;
    expect(Math.abs(refused - redrawn.refused)).toBeLessThan(margin(redrawn.refused));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects drawings that are not digits as often as its card says, with more uncertainty', async () => {
    const others = await answers(
      params,
      Object.values(letters).map((strokes) => centred(strokes)!),
    );
    const refused = others.filter((answer) => judge(answer, card.threshold).digit === undefined).length;
    expect(others).toHaveLength(card.others.count);
    // One more or less where the threshold is close: backends round differently.
    expect(Math.abs(refused - card.others.refused * card.others.count)).toBeLessThan(1.5);
    const uncertainties = (given: readonly DigitAnswer[]) => given.map(({ epistemic }) => epistemic);
    expect(mean(uncertainties(others))).toBeGreaterThan(
      5 * mean(uncertainties(await answers(params, pictures))),
    );
  });

  it('reads an H as a 4 and a house as a 0, as the page says', async () => {
    const [h, house] = await answers(params, [centred(letters.H!)!, centred(letters.house!)!]);
    expect(judge(h!, card.threshold).digit).toBe(4);
    expect(judge(house!, card.threshold).digit).toBe(0);
    expect(Math.max(h!.epistemic, house!.epistemic)).toBeLessThan(0.1);
  });

  it('gives probabilities that sum to 1, within the span of its draws', async () => {
    for (const { probabilities, low, high, aleatoric, epistemic } of await answers(
      params,
      pictures.slice(0, 20),
    )) {
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
      low.forEach((value, digit) => {
        expect(value).toBeLessThanOrEqual(high[digit]!);
      });
      expect(Math.min(aleatoric, epistemic)).toBeGreaterThan(-1e-5);
    }
  });
});

describe('quantile', () => {
  it('lies between the nearest values', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([7], 0.9)).toBe(7);
  });
});

describe('judge', () => {
  const answer = (most: number, epistemic: number): DigitAnswer => {
    const probabilities = Array.from({ length: 10 }, (_, i) => (i === 3 ? most : (1 - most) / 9));
    return { probabilities, low: probabilities, high: probabilities, aleatoric: 0, epistemic };
  };

  it('names the most probable digit, worded by its probability', () => {
    expect(judge(answer(0.95, 0.1), 0.2)).toEqual({ digit: 3, text: 'This is a 3. Probability 95 %.' });
    expect(judge(answer(0.7, 0.1), 0.2).text).toMatch(/^Probably a 3/);
    expect(judge(answer(0.4, 0.1), 0.2).text).toMatch(/^A 3, or something like it/);
  });

  it('rejects above the threshold, however probable', () => {
    expect(judge(answer(0.95, 0.21), 0.2)).toEqual({
      digit: undefined,
      text: 'This is not a digit I know.',
    });
  });
});

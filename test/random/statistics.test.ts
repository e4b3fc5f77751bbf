import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { foldIn, type Key, key, normal, uniform } from '../../src/random/index.ts';
import { checkSingleKey } from '../../src/random/key.ts';
import { fillStandardNormal } from '../../src/random/normal.ts';
import { type Fill, fillDraws } from '../../src/random/randomBits.ts';
import { fillUniform } from '../../src/random/uniform.ts';
import { fastest, start } from '../support/backends.ts';
import { kolmogorov, normalCdf } from '../support/kolmogorov.ts';

const count = 1_000_000;

const filled =
  (fill: Fill<Float32Array>) =>
  (k: Key): Float32Array => {
    const out = new Float32Array(count);
    fillDraws(checkSingleKey('test', k), fill, out, 0, count);
    return out;
  };

const read =
  (draw: (k: Key, shape: readonly number[]) => tf.Tensor) =>
  (k: Key): Float32Array =>
    tf.tidy(() => Float32Array.from(draw(k, [count]).dataSync()));

await start(fastest);
const sources = {
  JavaScript: { normals: filled(fillStandardNormal), uniforms: filled(fillUniform(0, 1)) },
  [fastest]: { normals: read(normal), uniforms: read(uniform) },
};
const cases = Object.entries(sources).flatMap(([name, source]) =>
  [0, 1, 2].map((seed) => ({ name, seed, ...source })),
);

const mean = (values: Float32Array, f: (x: number) => number): number =>
  values.reduce((sum, x) => sum + f(x), 0) / values.length;

describe.each(cases)('a million draws of key $seed in $name', ({ seed, ...source }) => {
  const normals = source.normals(key(seed));
  const uniforms = source.uniforms(foldIn(key(seed), 9));

  it('are normal by their moments', () => {
    // Moments 1 to 4 and 6 of the standard normal, with the variance of x^k, E x^2k - (E x^k)^2.
    const moments = [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
      [6, 15, 10_170],
    ] as const;
    for (const [power, expected, variance] of moments) {
      const error = mean(normals, (x) => x ** power) - expected;
      expect(Math.abs(error)).toBeLessThan(4 * Math.sqrt(variance / count));
    }
  });

  it('are normal by the Kolmogorov-Smirnov test', () => {
    expect(kolmogorov(normals, normalCdf)).toBeLessThan(1.95);
    // The test has teeth: a scale that is wrong by one percent fails.
    expect(kolmogorov(normals, (x) => normalCdf(x * 1.01))).toBeGreaterThan(1.95);
  });

  it('are normal in the tails', () => {
    for (const edge of [3, 4]) {
      const p = 2 * normalCdf(-edge);
      const found = mean(normals, (x) => (Math.abs(x) > edge ? 1 : 0));
      expect(Math.abs(found - p)).toBeLessThan(4 * Math.sqrt(p / count));
    }
  });

  it('are uniform by moments and by the Kolmogorov-Smirnov test', () => {
    expect(Math.abs(mean(uniforms, (x) => x) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(mean(uniforms, (x) => x * x) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / count));
    expect(kolmogorov(uniforms, (x) => x)).toBeLessThan(1.95);
  });

  it('are independent of their neighbours and of other keys', () => {
    const others = source.normals(foldIn(key(seed), 0));
    const limit = 4 / Math.sqrt(count);
    const lag = normals.reduce((sum, x, i) => sum + x * (normals[i + 1] ?? 0), 0) / count;
    const across = normals.reduce((sum, x, i) => sum + x * others[i]!, 0) / count;
    expect(Math.abs(lag)).toBeLessThan(limit);
    expect(Math.abs(across)).toBeLessThan(limit);
  });
});

describe('the standard normal', () => {
  it('inverts the normal cdf over its whole range, to float rounding', () => {
    // Draws whose upper 23 bits are these: both ends, the centre, and a grid between.
    const all = [0, 1, 2, 1000, 2 ** 22 - 1, 2 ** 22, 2 ** 22 + 1, 2 ** 23 - 2, 2 ** 23 - 1];
    const chosen = [...all, ...Array.from({ length: 4000 }, (_, i) => Math.floor((i * 2 ** 23) / 4000))];
    const out = new Float32Array(chosen.length);
    fillStandardNormal(Int32Array.from(chosen.flatMap((f) => [f << 9, 0])), chosen.length, out, 0);
    chosen.forEach((f, i) => {
      const u = Math.fround(f * 2 ** -22 - 1 + 2 ** -24);
      const z = out[i]!;
      const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      const error = (normalCdf(z) - (1 + u) / 2) / density;
      expect(Math.abs(error)).toBeLessThan(2.5e-7 * Math.abs(z) + 1e-12 / density);
    });
    expect(Math.max(...out)).toBeLessThan(5.43);
    expect(Math.min(...out)).toBeGreaterThan(-5.43);
  });
});

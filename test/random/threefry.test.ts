import { describe, expect, it } from 'vitest';
import { threefry } from '../../src/random/threefry.ts';

const block = (k0: number, k1: number, high: number, low: number): readonly string[] => {
  const out = new Int32Array(2);
  threefry(k0, k1, high, low, 1, out);
  return Array.from(out, (word) => (word >>> 0).toString(16).padStart(8, '0'));
};

describe('threefry', () => {
  it('gives the known answers of Random123', () => {
    expect(block(0, 0, 0, 0)).toEqual(['6b200159', '99ba4efe']);
    expect(block(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toEqual(['1cb996fc', 'bb002be7']);
    expect(block(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual(['c4923a9c', '483df7a0']);
  });

  it('increments the low word', () => {
    const out = new Int32Array(6);
    threefry(7, 8, 1, 0x7ffffffe, 3, out);
    const each = [0x7ffffffe, 0x7fffffff, 0x80000000].flatMap((low) => block(7, 8, 1, low));
    expect(Array.from(out, (word) => (word >>> 0).toString(16).padStart(8, '0'))).toEqual(each);
  });
});

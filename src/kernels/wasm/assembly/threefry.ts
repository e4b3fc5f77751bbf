// Threefry-2x32 with 20 rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011), for sixteen
// counters at a time: the rounds of four vectors of four are interleaved, so that none waits for its previous result.

function rotated(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

function mixed(b: v128, bits: i32, a: v128): v128 {
  return v128.xor(rotated(b, bits), a);
}

/**
 * The random bits of consecutive counters `(high, low), (high, low + 1), ...` under a key: the two words of each block
 * xored.
 *
 * @param count rounded up to a multiple of sixteen
 */
export function threefry(k0: i32, k1: i32, high: i32, low: i32, count: i32, out: usize): void {
  const key0 = i32x4.splat(k0);
  const key1 = i32x4.splat(k1);
  const key2 = i32x4.splat(k0 ^ k1 ^ 0x1bd11bda);
  const step1 = i32x4.add(key2, i32x4.splat(1));
  const step2 = i32x4.add(key0, i32x4.splat(2));
  const step3 = i32x4.add(key1, i32x4.splat(3));
  const step4 = i32x4.add(key2, i32x4.splat(4));
  const step5 = i32x4.add(key0, i32x4.splat(5));
  const first = i32x4.splat(high + k0);
  const four = i32x4.splat(4);
  let second = i32x4.add(i32x4.splat(low + k1), i32x4(0, 1, 2, 3));
  // biome-ignore format: one step of all four vectors per line
  for (let n = count; n > 0; n -= 16) {
    let a0 = first, a1 = first, a2 = first, a3 = first;
    let b0 = second, b1 = i32x4.add(b0, four), b2 = i32x4.add(b1, four), b3 = i32x4.add(b2, four);
    second = i32x4.add(b3, four);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 13, a0); b1 = mixed(b1, 13, a1); b2 = mixed(b2, 13, a2); b3 = mixed(b3, 13, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 15, a0); b1 = mixed(b1, 15, a1); b2 = mixed(b2, 15, a2); b3 = mixed(b3, 15, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 26, a0); b1 = mixed(b1, 26, a1); b2 = mixed(b2, 26, a2); b3 = mixed(b3, 26, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 6, a0); b1 = mixed(b1, 6, a1); b2 = mixed(b2, 6, a2); b3 = mixed(b3, 6, a3);
    a0 = i32x4.add(a0, key1); a1 = i32x4.add(a1, key1); a2 = i32x4.add(a2, key1); a3 = i32x4.add(a3, key1);
    b0 = i32x4.add(b0, step1); b1 = i32x4.add(b1, step1); b2 = i32x4.add(b2, step1); b3 = i32x4.add(b3, step1);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 17, a0); b1 = mixed(b1, 17, a1); b2 = mixed(b2, 17, a2); b3 = mixed(b3, 17, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 29, a0); b1 = mixed(b1, 29, a1); b2 = mixed(b2, 29, a2); b3 = mixed(b3, 29, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 16, a0); b1 = mixed(b1, 16, a1); b2 = mixed(b2, 16, a2); b3 = mixed(b3, 16, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 24, a0); b1 = mixed(b1, 24, a1); b2 = mixed(b2, 24, a2); b3 = mixed(b3, 24, a3);
    a0 = i32x4.add(a0, key2); a1 = i32x4.add(a1, key2); a2 = i32x4.add(a2, key2); a3 = i32x4.add(a3, key2);
    b0 = i32x4.add(b0, step2); b1 = i32x4.add(b1, step2); b2 = i32x4.add(b2, step2); b3 = i32x4.add(b3, step2);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 13, a0); b1 = mixed(b1, 13, a1); b2 = mixed(b2, 13, a2); b3 = mixed(b3, 13, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 15, a0); b1 = mixed(b1, 15, a1); b2 = mixed(b2, 15, a2); b3 = mixed(b3, 15, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 26, a0); b1 = mixed(b1, 26, a1); b2 = mixed(b2, 26, a2); b3 = mixed(b3, 26, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 6, a0); b1 = mixed(b1, 6, a1); b2 = mixed(b2, 6, a2); b3 = mixed(b3, 6, a3);
    a0 = i32x4.add(a0, key0); a1 = i32x4.add(a1, key0); a2 = i32x4.add(a2, key0); a3 = i32x4.add(a3, key0);
    b0 = i32x4.add(b0, step3); b1 = i32x4.add(b1, step3); b2 = i32x4.add(b2, step3); b3 = i32x4.add(b3, step3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 17, a0); b1 = mixed(b1, 17, a1); b2 = mixed(b2, 17, a2); b3 = mixed(b3, 17, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 29, a0); b1 = mixed(b1, 29, a1); b2 = mixed(b2, 29, a2); b3 = mixed(b3, 29, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 16, a0); b1 = mixed(b1, 16, a1); b2 = mixed(b2, 16, a2); b3 = mixed(b3, 16, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 24, a0); b1 = mixed(b1, 24, a1); b2 = mixed(b2, 24, a2); b3 = mixed(b3, 24, a3);
    a0 = i32x4.add(a0, key1); a1 = i32x4.add(a1, key1); a2 = i32x4.add(a2, key1); a3 = i32x4.add(a3, key1);
    b0 = i32x4.add(b0, step4); b1 = i32x4.add(b1, step4); b2 = i32x4.add(b2, step4); b3 = i32x4.add(b3, step4);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 13, a0); b1 = mixed(b1, 13, a1); b2 = mixed(b2, 13, a2); b3 = mixed(b3, 13, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 15, a0); b1 = mixed(b1, 15, a1); b2 = mixed(b2, 15, a2); b3 = mixed(b3, 15, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 26, a0); b1 = mixed(b1, 26, a1); b2 = mixed(b2, 26, a2); b3 = mixed(b3, 26, a3);
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    b0 = mixed(b0, 6, a0); b1 = mixed(b1, 6, a1); b2 = mixed(b2, 6, a2); b3 = mixed(b3, 6, a3);
    a0 = i32x4.add(a0, key2); a1 = i32x4.add(a1, key2); a2 = i32x4.add(a2, key2); a3 = i32x4.add(a3, key2);
    b0 = i32x4.add(b0, step5); b1 = i32x4.add(b1, step5); b2 = i32x4.add(b2, step5); b3 = i32x4.add(b3, step5);
    v128.store(out, v128.xor(a0, b0));
    v128.store(out, v128.xor(a1, b1), 16);
    v128.store(out, v128.xor(a2, b2), 32);
    v128.store(out, v128.xor(a3, b3), 48);
    out += 64;
  }
}

// Threefry-2x32 with 20 rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011), for eight counters at
// a time: two vectors of four, whose rounds take turns, so that neither has to wait for its last result.

function turned(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

function mixed(b: v128, bits: i32, a: v128): v128 {
  return v128.xor(turned(b, bits), a);
}

/**
 * The random bits of consecutive counters `(high, low), (high, low + 1), ...` under a key: the two words of each block,
 * xored to one.
 *
 * @param count how many; room for the next multiple of eight is needed
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
  for (let n = count; n > 0; n -= 8) {
    let a = first;
    let b = second;
    let c = first;
    let d = i32x4.add(second, four);
    second = i32x4.add(d, four);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 13, a);
    d = mixed(d, 13, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 15, a);
    d = mixed(d, 15, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 26, a);
    d = mixed(d, 26, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 6, a);
    d = mixed(d, 6, c);
    a = i32x4.add(a, key1);
    c = i32x4.add(c, key1);
    b = i32x4.add(b, step1);
    d = i32x4.add(d, step1);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 17, a);
    d = mixed(d, 17, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 29, a);
    d = mixed(d, 29, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 16, a);
    d = mixed(d, 16, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 24, a);
    d = mixed(d, 24, c);
    a = i32x4.add(a, key2);
    c = i32x4.add(c, key2);
    b = i32x4.add(b, step2);
    d = i32x4.add(d, step2);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 13, a);
    d = mixed(d, 13, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 15, a);
    d = mixed(d, 15, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 26, a);
    d = mixed(d, 26, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 6, a);
    d = mixed(d, 6, c);
    a = i32x4.add(a, key0);
    c = i32x4.add(c, key0);
    b = i32x4.add(b, step3);
    d = i32x4.add(d, step3);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 17, a);
    d = mixed(d, 17, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 29, a);
    d = mixed(d, 29, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 16, a);
    d = mixed(d, 16, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 24, a);
    d = mixed(d, 24, c);
    a = i32x4.add(a, key1);
    c = i32x4.add(c, key1);
    b = i32x4.add(b, step4);
    d = i32x4.add(d, step4);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 13, a);
    d = mixed(d, 13, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 15, a);
    d = mixed(d, 15, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 26, a);
    d = mixed(d, 26, c);
    a = i32x4.add(a, b);
    c = i32x4.add(c, d);
    b = mixed(b, 6, a);
    d = mixed(d, 6, c);
    a = i32x4.add(a, key2);
    c = i32x4.add(c, key2);
    b = i32x4.add(b, step5);
    d = i32x4.add(d, step5);
    v128.store(out, v128.xor(a, b));
    v128.store(out, v128.xor(c, d), 16);
    out += 32;
  }
}

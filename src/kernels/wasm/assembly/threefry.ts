// Threefry-2x32 with 20 rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011), for sixteen
// counters at a time: the rounds of four vectors of four are interleaved, so that none waits for its previous result.
// They are a loop because V8 13 and later reorder longer code, one vector after the other.

function rotated(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

function mixed(b: v128, bits: i32, a: v128): v128 {
  return v128.xor(rotated(b, bits), a);
}

/** The size in bytes of the key schedule, in whole cache lines. */
export function threefryTable(): i32 {
  return 192;
}

/** Writes what is added to the first and to the second word after each four rounds, four times each. */
function schedule(k0: i32, k1: i32, to: usize): void {
  const key0 = i32x4.splat(k0);
  const key1 = i32x4.splat(k1);
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  const key2 = i32x4.splat(k2);
  v128.store(to, key1);
  v128.store(to, i32x4.splat(k2 + 1), 16);
  v128.store(to, key2, 32);
  v128.store(to, i32x4.splat(k0 + 2), 48);
  v128.store(to, key0, 64);
  v128.store(to, i32x4.splat(k1 + 3), 80);
  v128.store(to, key1, 96);
  v128.store(to, i32x4.splat(k2 + 4), 112);
  v128.store(to, key2, 128);
  v128.store(to, i32x4.splat(k0 + 5), 144);
}

/**
 * The random bits of consecutive counters `(high, low), (high, low + 1), ...` under a key: the two words of each block
 * xored.
 *
 * @param count rounded up to a multiple of sixteen
 * @param table `threefryTable` bytes
 */
export function threefry(k0: i32, k1: i32, high: i32, low: i32, count: i32, out: usize, table: usize): void {
  schedule(k0, k1, table);
  const last = table + 128;
  const first = i32x4.splat(high + k0);
  const four = i32x4.splat(4);
  let second = i32x4.add(i32x4.splat(low + k1), i32x4(0, 1, 2, 3));
  // biome-ignore format: one step of all four vectors per line
  for (let n = count; n > 0; n -= 16) {
    let a0 = first, a1 = first, a2 = first, a3 = first;
    let b0 = second, b1 = i32x4.add(b0, four), b2 = i32x4.add(b1, four), b3 = i32x4.add(b2, four);
    second = i32x4.add(b3, four);
    let at = table;
    while (true) {
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 13, a0); b1 = mixed(b1, 13, a1); b2 = mixed(b2, 13, a2); b3 = mixed(b3, 13, a3);
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 15, a0); b1 = mixed(b1, 15, a1); b2 = mixed(b2, 15, a2); b3 = mixed(b3, 15, a3);
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 26, a0); b1 = mixed(b1, 26, a1); b2 = mixed(b2, 26, a2); b3 = mixed(b3, 26, a3);
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 6, a0); b1 = mixed(b1, 6, a1); b2 = mixed(b2, 6, a2); b3 = mixed(b3, 6, a3);
      let ofA = v128.load(at), ofB = v128.load(at, 16);
      a0 = i32x4.add(a0, ofA); a1 = i32x4.add(a1, ofA); a2 = i32x4.add(a2, ofA); a3 = i32x4.add(a3, ofA);
      b0 = i32x4.add(b0, ofB); b1 = i32x4.add(b1, ofB); b2 = i32x4.add(b2, ofB); b3 = i32x4.add(b3, ofB);
      if (at === last) break;
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 17, a0); b1 = mixed(b1, 17, a1); b2 = mixed(b2, 17, a2); b3 = mixed(b3, 17, a3);
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 29, a0); b1 = mixed(b1, 29, a1); b2 = mixed(b2, 29, a2); b3 = mixed(b3, 29, a3);
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 16, a0); b1 = mixed(b1, 16, a1); b2 = mixed(b2, 16, a2); b3 = mixed(b3, 16, a3);
      a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
      b0 = mixed(b0, 24, a0); b1 = mixed(b1, 24, a1); b2 = mixed(b2, 24, a2); b3 = mixed(b3, 24, a3);
      ofA = v128.load(at, 32);
      ofB = v128.load(at, 48);
      a0 = i32x4.add(a0, ofA); a1 = i32x4.add(a1, ofA); a2 = i32x4.add(a2, ofA); a3 = i32x4.add(a3, ofA);
      b0 = i32x4.add(b0, ofB); b1 = i32x4.add(b1, ofB); b2 = i32x4.add(b2, ofB); b3 = i32x4.add(b3, ofB);
      at += 64;
    }
    v128.store(out, v128.xor(a0, b0));
    v128.store(out, v128.xor(a1, b1), 16);
    v128.store(out, v128.xor(a2, b2), 32);
    v128.store(out, v128.xor(a3, b3), 48);
    out += 64;
  }
}

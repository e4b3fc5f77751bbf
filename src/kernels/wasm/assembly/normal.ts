// Constants are read from a table: V8 would rebuild each of them in every iteration.

/** Writes the constants of `normal` to a table of `normalTable` bytes. */
export function fillNormalTable(to: usize): void {
  const root2: f64 = Math.SQRT2;
  store<f32>(to, 2.384185791015625e-7, 0); // 2^-22
  store<f32>(to, <f32>(-1 + 5.9604644775390625e-8), 4); // the float32 next to -1
  store<f32>(to, 1, 8);
  store<i32>(to, 0x3f3504f3, 12); // the bits of sqrt(1/2)
  store<f32>(to, 2, 16);
  // 2 atanh(s) / s by powers of s^2
  store<f32>(to, 2.0 / 7.0, 20);
  store<f32>(to, 2.0 / 5.0, 24);
  store<f32>(to, 2.0 / 3.0, 28);
  store<f32>(to, <f32>-Math.LN2, 32);
  store<f32>(to, 5, 36);
  store<f32>(to, 2.5, 40);
  store<f32>(to, 3, 44);
  // Giles, centre
  store<f32>(to, <f32>(root2 * 2.81022636e-8), 64);
  store<f32>(to, <f32>(root2 * 3.43273939e-7), 68);
  store<f32>(to, <f32>(root2 * -3.5233877e-6), 72);
  store<f32>(to, <f32>(root2 * -4.39150654e-6), 76);
  store<f32>(to, <f32>(root2 * 2.1858087e-4), 80);
  store<f32>(to, <f32>(root2 * -1.25372503e-3), 84);
  store<f32>(to, <f32>(root2 * -4.17768164e-3), 88);
  store<f32>(to, <f32>(root2 * 0.246640727), 92);
  store<f32>(to, <f32>(root2 * 1.50140941), 96);
  // Giles, tails
  store<f32>(to, <f32>(root2 * -2.00214257e-4), 128);
  store<f32>(to, <f32>(root2 * 1.00950558e-4), 132);
  store<f32>(to, <f32>(root2 * 1.34934322e-3), 136);
  store<f32>(to, <f32>(root2 * -3.67342844e-3), 140);
  store<f32>(to, <f32>(root2 * 5.73950773e-3), 144);
  store<f32>(to, <f32>(root2 * -7.6224613e-3), 148);
  store<f32>(to, <f32>(root2 * 9.43887047e-3), 152);
  store<f32>(to, <f32>(root2 * 1.00167406), 156);
  store<f32>(to, <f32>(root2 * 2.83297682), 160);
}

/** The size in bytes of the constants. */
const constants: i32 = 192;

/** The most numbers that `normal` generates at a time. */
const chunk: i32 = 1024;

/** The size in bytes of the table: the constants, and the intermediates between the two passes. */
export function normalTable(): i32 {
  return constants + 4 * chunk;
}

/** `p * w` plus a constant of the table. */
function multiplyAdd(p: v128, w: v128, constant: usize): v128 {
  return f32x4.add(f32x4.mul(p, w), v128.load32_splat(constant));
}

/**
 * A polynomial of degree 8, highest coefficient first. Pairs of terms, and pairs of pairs, are independent: term by
 * term, each step would wait for the previous one.
 */
function polynomial(w: v128, coefficients: usize): v128 {
  const w2 = f32x4.mul(w, w);
  const high = multiplyAdd(v128.load32_splat(coefficients + 4), w, coefficients + 8);
  const middle = multiplyAdd(v128.load32_splat(coefficients + 12), w, coefficients + 16);
  const low = multiplyAdd(v128.load32_splat(coefficients + 20), w, coefficients + 24);
  const last = multiplyAdd(v128.load32_splat(coefficients + 28), w, coefficients + 32);
  const w4 = f32x4.mul(w2, w2);
  const upper = f32x4.add(
    f32x4.mul(f32x4.add(f32x4.mul(v128.load32_splat(coefficients), w2), high), w2),
    middle,
  );
  const lower = f32x4.add(f32x4.mul(low, w2), last);
  return f32x4.add(f32x4.mul(upper, w4), lower);
}

/** Uniform numbers from random bits, strictly between -1 and 1. */
function uniformAround(bits: v128, table: usize): v128 {
  return multiplyAdd(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 9)), v128.load32_splat(table), table + 4);
}

/** `-log(1 - u^2)`: the exponent times log 2 plus the logarithm of the mantissa, `2 atanh(s)`. */
function minusLog(u: v128, table: usize): v128 {
  const one = v128.load32_splat(table, 8);
  const rest = f32x4.mul(f32x4.sub(one, u), f32x4.add(one, u));
  const exponent = i32x4.shr_s(i32x4.sub(rest, v128.load32_splat(table, 12)), 23);
  const above = f32x4.sub(i32x4.sub(rest, i32x4.shl(exponent, 23)), one);
  const two = v128.load32_splat(table, 16);
  const s = f32x4.div(above, f32x4.add(two, above));
  const s2 = f32x4.mul(s, s);
  const upper = multiplyAdd(v128.load32_splat(table, 20), s2, table + 24);
  const lower = multiplyAdd(v128.load32_splat(table, 28), s2, table + 16);
  const log = f32x4.mul(f32x4.add(f32x4.mul(upper, f32x4.mul(s2, s2)), lower), s);
  return f32x4.sub(f32x4.mul(f32x4.convert_i32x4_s(exponent), v128.load32_splat(table, 32)), log);
}

function centre(w: v128, table: usize): v128 {
  return polynomial(f32x4.sub(w, v128.load32_splat(table, 40)), table + 64);
}

/** Replaces the factors where `w` is large. */
function withTails(w: v128, factor: v128, table: usize): v128 {
  const root = f32x4.sub(f32x4.sqrt(w), v128.load32_splat(table, 44));
  const far = f32x4.ge(w, v128.load32_splat(table, 36));
  return v128.bitselect(polynomial(root, table + 128), factor, far);
}

/** The first pass: turns random bits into uniform numbers in (-1, 1), in place, and computes `-log(1 - u^2)`. */
function uniformWithLog(count: i32, place: usize, logs: usize, table: usize): void {
  for (let n = count; n > 0; n -= 16) {
    const u0 = uniformAround(v128.load(place), table);
    const u1 = uniformAround(v128.load(place, 16), table);
    const u2 = uniformAround(v128.load(place, 32), table);
    const u3 = uniformAround(v128.load(place, 48), table);
    const w0 = minusLog(u0, table);
    const w1 = minusLog(u1, table);
    const w2 = minusLog(u2, table);
    const w3 = minusLog(u3, table);
    v128.store(place, u0);
    v128.store(logs, w0);
    v128.store(place, u1, 16);
    v128.store(logs, w1, 16);
    v128.store(place, u2, 32);
    v128.store(logs, w2, 32);
    v128.store(place, u3, 48);
    v128.store(logs, w3, 48);
    place += 64;
    logs += 64;
  }
}

/** The second pass: `sqrt(2) erfinv(u)`, which is `u` times a factor. */
function timesFactor(count: i32, place: usize, logs: usize, table: usize): void {
  for (let n = count; n > 0; n -= 8) {
    const w0 = v128.load(logs);
    const w1 = v128.load(logs, 16);
    let factor0 = centre(w0, table);
    let factor1 = centre(w1, table);
    // Three draws in a thousand are in the tails.
    if (v128.any_true(f32x4.ge(f32x4.pmax(w0, w1), v128.load32_splat(table, 36)))) {
      factor0 = withTails(w0, factor0, table);
      factor1 = withTails(w1, factor1, table);
    }
    v128.store(place, f32x4.mul(v128.load(place), factor0));
    v128.store(place, f32x4.mul(v128.load(place, 16), factor1), 16);
    place += 32;
    logs += 32;
  }
}

/**
 * Turns random bits into standard normal numbers, in place: `sqrt(2) erfinv(u)` with `u` uniform in (-1, 1). The
 * method is described in src/random/standardNormal.ts. Two passes, so that each fits in the registers.
 *
 * @param count at most 1024; rounded up to a multiple of sixteen
 */
export function normal(count: i32, place: usize, table: usize): void {
  const logs = table + constants;
  uniformWithLog(count, place, logs, table);
  timesFactor(count, place, logs, table);
}

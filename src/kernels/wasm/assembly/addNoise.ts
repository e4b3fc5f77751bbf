// Noise on outputs whose mean and variance are known, and its gradient, each in one pass.

/** The numbers that a pass treats for one repetition before the next: those of a few tensors fit in the L1 cache. */
const run: i32 = 1024;

/** The repetitions that are added up at a time; more are sums of such sums, which lose no digits. */
const most: i32 = 64;

/**
 * `location + sqrt(variance) noise` of `count` numbers, for each of `repeats` runs of noise.
 *
 * @param step the bytes between the runs of noise, and between those of the output
 */
export function addNoise(
  count: i32,
  repeats: i32,
  step: usize,
  location: usize,
  variance: usize,
  noise: usize,
  out: usize,
): void {
  for (; count > 0; count -= run) {
    const n = min(count, run);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const skipped = <usize>repeat * step;
      addNoiseRun(n, location, variance, noise + skipped, out + skipped);
    }
    location += run << 2;
    variance += run << 2;
    noise += run << 2;
    out += run << 2;
  }
}

function addNoiseRun(count: i32, location: usize, variance: usize, noise: usize, out: usize): void {
  for (; count >= 4; count -= 4) {
    const deviation = f32x4.mul(f32x4.sqrt(v128.load(variance)), v128.load(noise));
    v128.store(out, f32x4.add(v128.load(location), deviation));
    location += 16;
    variance += 16;
    noise += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, load<f32>(location) + sqrt<f32>(load<f32>(variance)) * load<f32>(noise));
    location += 4;
    variance += 4;
    noise += 4;
    out += 4;
  }
}

/** The derivative of the square root, 0 at 0; see src/ops/addNoise.ts. */
function slope(variance: v128): v128 {
  const half = f32x4.mul(f32x4.sqrt(variance), f32x4.splat(0.5));
  return f32x4.div(half, f32x4.add(variance, f32x4.splat(1e-37)));
}

/** The gradient of the variance for one run of noise; that of the location is the given one. */
export function addNoiseGradient(
  count: i32,
  dy: usize,
  variance: usize,
  noise: usize,
  dVariance: usize,
): void {
  for (; count >= 4; count -= 4) {
    const by = f32x4.mul(v128.load(dy), v128.load(noise));
    v128.store(dVariance, f32x4.mul(by, slope(v128.load(variance))));
    dy += 16;
    variance += 16;
    noise += 16;
    dVariance += 16;
  }
  for (; count > 0; count--) {
    const by = f32x4.mul(v128.load32_zero(dy), v128.load32_zero(noise));
    v128.store32_lane(dVariance, f32x4.mul(by, slope(v128.load32_zero(variance))), 0);
    dy += 4;
    variance += 4;
    noise += 4;
    dVariance += 4;
  }
}

/** Adds a run of gradients, and their products with the noise, to the sums of both. */
function addGradients(count: i32, dy: usize, noise: usize, sums: usize, products: usize): void {
  for (; count >= 4; count -= 4) {
    const d = v128.load(dy);
    v128.store(sums, f32x4.add(v128.load(sums), d));
    v128.store(products, f32x4.add(v128.load(products), f32x4.mul(d, v128.load(noise))));
    dy += 16;
    noise += 16;
    sums += 16;
    products += 16;
  }
  for (; count > 0; count--) {
    const d = load<f32>(dy);
    store<f32>(sums, load<f32>(sums) + d);
    store<f32>(products, load<f32>(products) + d * load<f32>(noise));
    dy += 4;
    noise += 4;
    sums += 4;
    products += 4;
  }
}

/** Adds a run of numbers to another, and clears it. */
function moveSums(count: i32, from: usize, to: usize): void {
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    store<f32>(from, 0);
    from += 4;
    to += 4;
  }
}

/** Multiplies the sums of one run by the slope. */
function timesSlope(count: i32, variance: usize, dVariance: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(dVariance, f32x4.mul(v128.load(dVariance), slope(v128.load(variance))));
    variance += 16;
    dVariance += 16;
  }
  for (; count > 0; count--) {
    const product = f32x4.mul(v128.load32_zero(dVariance), slope(v128.load32_zero(variance)));
    v128.store32_lane(dVariance, product, 0);
    variance += 4;
    dVariance += 4;
  }
}

/** The bytes of scratch for `addNoiseSums`: the sums of some repetitions. */
export function addNoiseScratch(): i32 {
  return 8 * run;
}

/**
 * The gradients of location and variance that several runs of noise share, as sums over these.
 *
 * @param step the bytes between the runs of noise, and between those of `dy`
 */
export function addNoiseSums(
  count: i32,
  repeats: i32,
  step: usize,
  dy: usize,
  variance: usize,
  noise: usize,
  dLocation: usize,
  dVariance: usize,
  scratch: usize,
): void {
  const products = scratch + (run << 2);
  for (; count > 0; count -= run) {
    const n = min(count, run);
    const bytes = (<usize>n) << 2;
    memory.fill(dLocation, 0, bytes);
    memory.fill(dVariance, 0, bytes);
    memory.fill(scratch, 0, run << 3);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const skipped = <usize>repeat * step;
      if (repeats <= most) addGradients(n, dy + skipped, noise + skipped, dLocation, dVariance);
      else {
        addGradients(n, dy + skipped, noise + skipped, scratch, products);
        if ((repeat + 1) % most === 0 || repeat + 1 === repeats) {
          moveSums(n, scratch, dLocation);
          moveSums(n, products, dVariance);
        }
      }
    }
    timesSlope(n, variance, dVariance);
    dy += run << 2;
    variance += run << 2;
    noise += run << 2;
    dLocation += run << 2;
    dVariance += run << 2;
  }
}

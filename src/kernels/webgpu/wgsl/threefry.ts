const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const rounds = [0, 1, 2, 3, 4].map((five) => {
  const mixed = rotations[five % 2]!.map((by) => `a = a + b; b = turn(b, ${by}u) ^ a;`).join('\n  ');
  return `${mixed}\n  a = a + k${(five + 1) % 3}; b = b + k${(five + 2) % 3} + ${five + 1}u;`;
});

/**
 * `threefry(k0, k1, counter)`: the random bits of a counter below 2^32 under a key, as in src/random: Threefry-2x32
 * with 20 rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011), both words xored.
 */
export const threefry = `
fn turn(x : u32, by : u32) -> u32 { return (x << by) | (x >> (32u - by)); }
fn threefry(k0 : u32, k1 : u32, counter : u32) -> u32 {
  let k2 = k0 ^ k1 ^ 0x1bd11bdau;
  var a = k0;
  var b = counter + k1;
  ${rounds.join('\n  ')}
  return a ^ b;
}`;

/**
 * Eleven equidistant colours of viridis (van der Walt and Smith, matplotlib 2015, CC0): perceptually uniform in
 * brightness, also in grey and for all kinds of colour vision.
 */
const stops = [
  [0x44, 0x01, 0x54],
  [0x48, 0x24, 0x75],
  [0x41, 0x44, 0x87],
  [0x35, 0x5f, 0x8d],
  [0x2a, 0x78, 0x8e],
  [0x21, 0x91, 0x8c],
  [0x22, 0xa8, 0x84],
  [0x44, 0xbf, 0x70],
  [0x7a, 0xd1, 0x51],
  [0xbd, 0xdf, 0x26],
  [0xfd, 0xe7, 0x25],
] as const;

/** The colour of a number from 0 (dark violet) to 1 (yellow). */
export const viridis = (share: number): string => {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  const [from, to] = [stops[index], stops[index + 1]] as readonly [readonly number[], readonly number[]];
  const mixed = from.map((value, channel) =>
    Math.round(value + (place - index) * ((to[channel] ?? value) - value)),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
};

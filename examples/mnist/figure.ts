/** One test image with what the network says of it. */
export interface Case {
  /** 784 grey values from 0 to 1. */
  readonly pixels: ArrayLike<number>;
  /** Ten class probabilities. */
  readonly probabilities: readonly number[];
  readonly label: number;
  /** Predictive entropy in nats. */
  readonly entropy: number;
}

const SIDE = 28;
const LEVELS = 16;
const CELL = { width: 230, height: 150 };
const COLUMNS = 3;
const TOP = 64;

/** Okabe and Ito's blue and vermilion, told apart by every kind of colour vision. */
const COLOR = { bar: '#0072b2', truth: '#d55e00', text: '#222222', axis: '#888888' };

/** The pixels of one grey level as one path: a rectangle for each run within a row. */
const levelPath = (pixels: ArrayLike<number>, level: number): string => {
  const at = (x: number, y: number) =>
    x < SIDE && Math.round((pixels[y * SIDE + x] ?? 0) * (LEVELS - 1)) === level;
  const runs: string[] = [];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (!at(x, y) || (x > 0 && at(x - 1, y))) continue;
      let end = x;
      while (at(end, y)) end++;
      runs.push(`M${x} ${y}h${end - x}v1H${x}z`);
    }
  }
  return runs.join('');
};

const picture = (pixels: ArrayLike<number>): string => {
  const paths = Array.from({ length: LEVELS - 1 }, (_, index) => {
    const level = index + 1;
    const d = levelPath(pixels, level);
    const grey = Math.round(255 * (1 - level / (LEVELS - 1)));
    return d === '' ? '' : `<path d="${d}" fill="rgb(${grey},${grey},${grey})"/>`;
  });
  return `<g transform="scale(3)" shape-rendering="crispEdges">${paths.join('')}</g>`;
};

const bars = (probabilities: readonly number[], label: number): string => {
  const height = 72;
  const step = 11;
  return probabilities
    .map((p, digit) => {
      const tall = p * height;
      const fill = digit === label ? COLOR.truth : COLOR.bar;
      const x = digit * step;
      return (
        `<rect x="${x}" y="${(height - tall).toFixed(1)}" width="${step - 3}" height="${tall.toFixed(1)}" fill="${fill}"/>` +
        `<text x="${x + 4}" y="${height + 12}" font-size="10" text-anchor="middle">${digit}</text>`
      );
    })
    .concat(
      `<line x1="-2" y1="${height}" x2="${10 * step - 2}" y2="${height}" stroke="${COLOR.axis}"/>`,
      `<text x="-5" y="8" font-size="9" text-anchor="end">1</text>`,
      `<text x="-5" y="${height}" font-size="9" text-anchor="end">0</text>`,
    )
    .join('');
};

const cell = ({ pixels, probabilities, label, entropy }: Case, index: number): string => {
  const x = 16 + (index % COLUMNS) * CELL.width;
  const y = TOP + Math.floor(index / COLUMNS) * CELL.height;
  const answer = probabilities.indexOf(Math.max(...probabilities));
  return [
    `<g transform="translate(${x} ${y})">`,
    `<text y="0" font-size="12">says ${answer}, is ${label}, entropy ${entropy.toFixed(2)}</text>`,
    `<g transform="translate(0 12)">${picture(pixels)}</g>`,
    `<g transform="translate(102 18)">${bars(probabilities, label)}</g>`,
    '</g>',
  ].join('');
};

/** A page of digits, each with its class probabilities; the true class stands out. */
export const figure = (cases: readonly Case[]): string => {
  const width = 16 + COLUMNS * CELL.width;
  const height = TOP + Math.ceil(cases.length / COLUMNS) * CELL.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="Helvetica, Arial, sans-serif" fill="${COLOR.text}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="bold">The test digits that the network is least sure of</text>`,
    `<text x="16" y="42" font-size="11">Bars: mean class probabilities over the weight samples, the true class in `,
    `<tspan fill="${COLOR.truth}">orange</tspan>; entropy in nats</text>`,
    ...cases.map(cell),
    '</svg>\n',
  ].join('');
};

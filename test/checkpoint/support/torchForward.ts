/** What PyTorch's modules compute, written from their definitions in float64: one image `[channels][height][width]`. */
export type Image = readonly (readonly (readonly number[])[])[];

/** A filter `[a][b][height][width]`, as PyTorch has it. */
export type Filter = readonly Image[];

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const filled = (
  [channels, height, width]: readonly [number, number, number],
  at: (channel: number, y: number, x: number) => number,
): Image =>
  range(channels).map((channel) => range(height).map((y) => range(width).map((x) => at(channel, y, x))));

/** `torch.nn.Conv2d` with a square filter `[out][in / groups][taps][taps]`. */
export const conv2d = (
  image: Image,
  filter: Filter,
  bias: readonly number[],
  { groups = 1, padding = 0 } = {},
): Image => {
  const taps = filter[0]![0]!.length;
  const ins = filter[0]!.length;
  const countElements = (size: number) => size + 2 * padding - taps + 1;
  const outs = filter.length / groups;
  return filled(
    [filter.length, countElements(image[0]!.length), countElements(image[0]![0]!.length)],
    (out, y, x) =>
      range(ins).reduce(
        (sum, own) =>
          range(taps * taps).reduce((all, tap) => {
            const [dy, dx] = [Math.floor(tap / taps), tap % taps];
            const channel = Math.floor(out / outs) * ins + own;
            const pixel = image[channel]![y + dy - padding]?.[x + dx - padding] ?? 0;
            return all + pixel * filter[out]![own]![dy]![dx]!;
          }, sum),
        bias[out]!,
      ),
  );
};

/** `torch.nn.ConvTranspose2d` with a square filter `[in][out / groups][taps][taps]`. */
export const convTranspose2d = (
  image: Image,
  filter: Filter,
  bias: readonly number[],
  { groups = 1, stride = 1 } = {},
): Image => {
  const taps = filter[0]![0]!.length;
  const outs = filter[0]!.length;
  const ins = filter.length / groups;
  const countElements = (size: number) => (size - 1) * stride + taps;
  return filled(
    [outs * groups, countElements(image[0]!.length), countElements(image[0]![0]!.length)],
    (out, y, x) =>
      range(ins).reduce(
        (sum, own) =>
          range(taps * taps).reduce((all, tap) => {
            const [dy, dx] = [Math.floor(tap / taps), tap % taps];
            const channel = Math.floor(out / outs) * ins + own;
            // Between the strides there is no pixel.
            const pixel = image[channel]![(y - dy) / stride]?.[(x - dx) / stride] ?? 0;
            return all + pixel * filter[channel]![out % outs]![dy]![dx]!;
          }, sum),
        bias[out]!,
      ),
  );
};

/** `torch.nn.GroupNorm` with its default eps. */
export const groupNorm = (
  image: Image,
  groups: number,
  weight: readonly number[],
  bias: readonly number[],
): Image => {
  const size = image.length / groups;
  return image.map((channel, i) => {
    const first = Math.floor(i / size) * size;
    const own = image.slice(first, first + size).flat(2);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    const variance = own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length;
    return channel.map((row) =>
      row.map((x) => ((x - mean) / Math.sqrt(variance + 1e-5)) * weight[i]! + bias[i]!),
    );
  });
};

/** `torch.relu`. */
export const relu = (image: Image): Image =>
  image.map((channel) => channel.map((row) => row.map((x) => Math.max(0, x))));

/** `torch.nn.Flatten` and `torch.nn.Linear` with a weight `[out][in]`. */
export const flatLinear = (
  image: Image,
  weight: readonly (readonly number[])[],
  bias: readonly number[],
): readonly number[] => {
  const features = image.flat(2);
  return weight.map((row, out) => row.reduce((sum, w, i) => sum + w * features[i]!, bias[out]!));
};

import { type Internals, submit } from './internals.ts';

/** Numbers in a row, which has to be so many bytes long for several of them to be copied at once. */
const width = 256;

/** Rows of the canvases. Reading from one costs as much as all of it is large, and most tensors are small. */
const heights = [1, 256] as const;

type Height = (typeof heights)[number];

interface Canvas {
  readonly canvas: OffscreenCanvas;
  readonly context: GPUCanvasContext;
  /** Takes from the pixels as drawn, red, green, blue and alpha, what they keep of the bytes in the buffer. */
  readonly take: (pixels: Uint8ClampedArray, bytes: Uint8Array) => void;
}

const makeCanvas = (
  device: GPUDevice,
  height: Height,
  alphaMode: GPUCanvasAlphaMode,
  take: Canvas['take'],
): Canvas => {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('webgpu')!;
  context.configure({ device, format: 'bgra8unorm', usage: GPUTextureUsage.COPY_DST, alphaMode });
  return { canvas, context, take };
};

/** A canvas without alpha keeps three bytes of each four as they are, one with alpha the fourth. */
const makeCanvases = (device: GPUDevice, height: Height): readonly Canvas[] => [
  makeCanvas(device, height, 'opaque', (pixels, bytes) => {
    for (let at = 0; at < bytes.length; at += 4) {
      bytes[at] = pixels[at + 2]!;
      bytes[at + 1] = pixels[at + 1]!;
      bytes[at + 2] = pixels[at]!;
    }
  }),
  makeCanvas(device, height, 'premultiplied', (pixels, bytes) => {
    for (let at = 3; at < bytes.length; at += 4) bytes[at] = pixels[at]!;
  }),
];

/** Copies as many numbers of a buffer as a canvas has pixels, row by row; the last row may be shorter. */
const copy = (encoder: GPUCommandEncoder, buffer: GPUBuffer, offset: number, count: number, to: Canvas) => {
  const rows = Math.floor(count / width);
  const rest = count % width;
  const texture = to.context.getCurrentTexture();
  const from = { buffer, bytesPerRow: width * 4 };
  if (rows > 0) encoder.copyBufferToTexture({ ...from, offset }, { texture }, [width, rows]);
  if (rest > 0)
    encoder.copyBufferToTexture(
      { ...from, offset: offset + rows * width * 4 },
      { texture, origin: [0, rows] },
      [rest, 1],
    );
};

/** Canvases of one height, each device's own, and one whose pixels can be read. */
const reading = (height: Height) => {
  const host = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  host.globalCompositeOperation = 'copy';
  const canvases = new WeakMap<GPUDevice, readonly Canvas[]>();
  const on = (device: GPUDevice): readonly Canvas[] => {
    const known = canvases.get(device) ?? makeCanvases(device, height);
    canvases.set(device, known);
    return known;
  };

  return (backend: Internals, source: GPUBuffer): ArrayBuffer => {
    const bytes = new Uint8Array(source.size);
    for (let offset = 0; offset < source.size; offset += width * height * 4) {
      const count = Math.min((source.size - offset) / 4, width * height);
      const part = bytes.subarray(offset, offset + count * 4);
      const [columns, rows] = [Math.min(count, width), Math.ceil(count / width)];
      submit(backend, (encoder) => {
        for (const canvas of on(backend.device)) copy(encoder, source, offset, count, canvas);
      });
      for (const { canvas, take } of on(backend.device)) {
        host.drawImage(canvas, 0, 0, columns, rows, 0, 0, columns, rows);
        take(host.getImageData(0, 0, columns, rows).data, part);
      }
    }
    return bytes.buffer;
  };
};

/**
 * Reads buffers by way of canvases, which can be waited for. So does tfjs itself, on new canvases for each read; that
 * takes most of its time.
 */
export const canvasReader = (): ((backend: Internals, source: GPUBuffer) => ArrayBuffer) => {
  const [small, large] = heights.map(reading) as [ReturnType<typeof reading>, ReturnType<typeof reading>];
  return (backend, source) => (source.size <= width * 4 ? small : large)(backend, source);
};

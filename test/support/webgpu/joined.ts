import { type Internals, submit } from './internals.ts';

/** Copies of buffers, one behind the other in a new one, and how its bytes are split again. */
export interface Joined {
  readonly buffer: GPUBuffer;
  readonly parts: (bytes: ArrayBuffer) => readonly ArrayBuffer[];
}

/** Joins what buffers hold after all that has been asked of the device. */
export const joined = (on: Internals, sources: readonly GPUBuffer[], usage: GPUBufferUsageFlags): Joined => {
  const starts: number[] = [];
  const size = sources.reduce((start, source) => {
    starts.push(start);
    return start + source.size;
  }, 0);
  const buffer = on.device.createBuffer({ size, usage: usage | GPUBufferUsage.COPY_DST });
  submit(on, (encoder) => {
    sources.forEach((source, at) => {
      encoder.copyBufferToBuffer(source, 0, buffer, starts[at]!, source.size);
    });
  });
  return {
    buffer,
    parts: (bytes) => sources.map((source, at) => bytes.slice(starts[at]!, starts[at]! + source.size)),
  };
};

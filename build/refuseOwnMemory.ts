/** Sections of a WebAssembly module that give it memory, state or code that runs by itself, by number. */
const refused: Readonly<Record<number, string>> = {
  4: 'table',
  5: 'memory',
  6: 'global',
  8: 'start',
  9: 'element',
  11: 'data',
  12: 'data count',
};

/** A number in LEB128 at an offset, and the offset behind it. */
const unsigned = (bytes: Uint8Array, from: number): readonly [value: number, end: number] => {
  const length = bytes.subarray(from).findIndex((byte) => byte < 128) + 1;
  const value = bytes.subarray(from, from + length).reduceRight((sum, byte) => sum * 128 + (byte & 127), 0);
  return [value, from + length];
};

const sectionsFrom = (bytes: Uint8Array, at: number): readonly number[] => {
  if (at >= bytes.length) return [];
  const [size, start] = unsigned(bytes, at + 1);
  return [bytes[at]!, ...sectionsFrom(bytes, start + size)];
};

/**
 * Lets a module pass that lives on memory it is given and has none of its own. Our kernels run on the memory of
 * tfjs: a static array, a string of an error message or a global variable would be written over its tensors.
 *
 * @throws Error naming what the module has or wants beyond `env.memory`
 */
export const refuseOwnMemory = (binary: Uint8Array<ArrayBufferLike>): void => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(binary))).map(
    ({ module, name }) => `${module}.${name}`,
  );
  const own = sectionsFrom(binary, 8).flatMap((id) => refused[id] ?? []);
  if (own.length > 0)
    throw new Error(`The kernels must own no memory, but have a section: ${own.join(', ')}`);
  if (imports.join() !== 'env.memory')
    throw new Error(`The kernels must import env.memory alone, not ${imports.join(', ') || 'nothing'}`);
};

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

/** A section of a module: its number, and all of its bytes. */
type Section = readonly [id: number, bytes: Uint8Array];

const sectionsFrom = (bytes: Uint8Array, at: number): readonly Section[] => {
  if (at >= bytes.length) return [];
  const [size, start] = unsigned(bytes, at + 1);
  return [[bytes[at]!, bytes.subarray(at, start + size)], ...sectionsFrom(bytes, start + size)];
};

/** The sections of types and of imports. */
const [TYPES, IMPORTS] = [1, 2];

/** What a module imports, without its code: this engine may lack what the code uses. */
const importsOf = (header: Uint8Array, sections: readonly Section[]): readonly string[] => {
  const declared = sections.filter(([id]) => id === TYPES || id === IMPORTS).map(([, bytes]) => bytes);
  return WebAssembly.Module.imports(new WebAssembly.Module(Buffer.concat([header, ...declared]))).map(
    ({ module, name }) => `${module}.${name}`,
  );
};

/**
 * Lets a module pass that lives on memory it is given and has none of its own. Our kernels run on the memory of
 * tfjs: a static array, a string of an error message or a global variable would be written over its tensors.
 *
 * @throws Error naming what the module has or wants beyond `env.memory`
 */
export const refuseOwnMemory = (binary: Uint8Array<ArrayBufferLike>): void => {
  const sections = sectionsFrom(binary, 8);
  const imports = importsOf(binary.subarray(0, 8), sections);
  const own = sections.flatMap(([id]) => refused[id] ?? []);
  if (own.length > 0)
    throw new Error(`The kernels must own no memory, but have a section: ${own.join(', ')}`);
  if (imports.join() !== 'env.memory')
    throw new Error(`The kernels must import env.memory alone, not ${imports.join(', ') || 'nothing'}`);
};

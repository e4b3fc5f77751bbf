/** A module of WebAssembly as it is loaded: its bytes, or the answer that carries them. */
type Source = BufferSource | Response | PromiseLike<Response>;

const MEMORY_SECTION = 5;

/** The flags of a memory with a maximum, and of one that is shared as well. */
const [BOUNDED, SHARED] = [1, 3];

/** A number in LEB128, and where what follows it begins. */
const unsigned = (bytes: Uint8Array, from: number): readonly [value: number, end: number] => {
  let [value, at] = [0, from];
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++]!;
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
};

/** Where the flag of a module's own memory stands; `undefined` if it has none with a maximum. */
const memoryFlag = (bytes: Uint8Array): number | undefined => {
  for (let at = 8; at < bytes.length; ) {
    const [size, start] = unsigned(bytes, at + 1);
    if (bytes[at] === MEMORY_SECTION) {
      const [count, flag] = unsigned(bytes, start);
      return count === 1 && bytes[flag] === BOUNDED ? flag : undefined;
    }
    at = start + size;
  }
  return undefined;
};

/**
 * A module with its memory shared, in place of one of its own: a single byte is another one.
 *
 * @returns a copy, or `undefined` if the module has no memory with a maximum
 * @example
 * const shared = withSharedMemory(new Uint8Array(await response.arrayBuffer()));
 */
export const withSharedMemory = (module: Uint8Array): Uint8Array<ArrayBuffer> | undefined => {
  const flag = memoryFlag(module);
  if (flag === undefined) return undefined;
  const copy = new Uint8Array(module);
  copy[flag] = SHARED;
  return copy;
};

const toBytes = async (source: Source): Promise<Uint8Array> => {
  const given = await source;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return new Uint8Array(await (given as Response).arrayBuffer());
};

/** Whether imports are those of a program that was compiled as TensorFlow.js's is. */
const isProgram = (imports: WebAssembly.Imports | undefined): boolean =>
  imports !== undefined && 'wasi_snapshot_preview1' in imports && 'env' in imports;

/**
 * Runs a function that loads TensorFlow.js's wasm, whose memory is then shared. TensorFlow.js offers no other way to change the
 * module than to stand between it and WebAssembly while it loads. Where shared memory is refused, it gets its own module.
 */
export const loadShared = async <Y>(load: () => Promise<Y>): Promise<Y> => {
  const { instantiate, instantiateStreaming } = WebAssembly;
  const shared = async (
    source: Source,
    imports: WebAssembly.Imports,
  ): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
    const bytes = await toBytes(source);
    const changed = withSharedMemory(bytes);
    const own = () => instantiate(bytes as BufferSource, imports);
    return changed === undefined ? own() : instantiate(changed, imports).catch(own);
  };
  const instead = (source: unknown, imports?: WebAssembly.Imports) =>
    isProgram(imports) && !(source instanceof WebAssembly.Module)
      ? shared(source as Source, imports!)
      : instantiate(source as BufferSource, imports);
  const insteadStreaming: typeof instantiateStreaming = (source, imports) =>
    isProgram(imports) ? shared(source, imports!) : instantiateStreaming(source, imports);
  Object.assign(WebAssembly, {
    instantiate: instead,
    ...('instantiateStreaming' in WebAssembly && { instantiateStreaming: insteadStreaming }),
  });
  try {
    return await load();
  } finally {
    // Unless someone else stands there by now.
    if ((WebAssembly.instantiate as unknown) === instead) WebAssembly.instantiate = instantiate;
    if (WebAssembly.instantiateStreaming === insteadStreaming)
      WebAssembly.instantiateStreaming = instantiateStreaming;
  }
};

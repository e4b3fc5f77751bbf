import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { tensorName } from '../checkpoint/treeDefinition.ts';
import { running } from '../ops/registry.ts';
import { fromData, keyData } from '../random/index.ts';
import { isKey } from '../random/key.ts';
import { dispose, isNode, isTensor, type Path } from '../tree/index.ts';

/** The values of a tensor or of an array, as bytes in memory of their own or in memory that threads share. */
export interface EncodedArray {
  /** Its path in the value, as in a checkpoint. */
  readonly name: string;
  /** The dtype as in a safetensors file, such as `'F32'`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A value that can be sent: its structure as JSON, and the bytes of its tensors and arrays. */
export interface Encoded {
  /** Records and lists stay as they are; a leaf is a string of its kind and, except for arrays, its value. */
  readonly structure: string;
  readonly arrays: readonly EncodedArray[];
}

/** A class of typed arrays. */
interface ArrayClass<A = ArrayBufferView> {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

// The classes within functions: a bundler keeps records that refer to globals, even where nothing uses them.
const typedArrays: Readonly<Record<string, { readonly dtype: string; readonly type: () => ArrayClass }>> = {
  Float32Array: { dtype: 'F32', type: () => Float32Array },
  Float64Array: { dtype: 'F64', type: () => Float64Array },
  Int8Array: { dtype: 'I8', type: () => Int8Array },
  Int16Array: { dtype: 'I16', type: () => Int16Array },
  Int32Array: { dtype: 'I32', type: () => Int32Array },
  Uint8Array: { dtype: 'U8', type: () => Uint8Array },
  Uint16Array: { dtype: 'U16', type: () => Uint16Array },
  Uint32Array: { dtype: 'U32', type: () => Uint32Array },
  BigInt64Array: { dtype: 'I64', type: () => BigInt64Array },
  BigUint64Array: { dtype: 'U64', type: () => BigUint64Array },
};

const tensorTypes = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;

type TensorDtype = keyof typeof tensorTypes;

/** The values of a tensor. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/**
 * The class of the values of a dtype; `undefined` for one without bytes.
 *
 * @example
 * valuesClass('int32') === Int32Array; // true
 */
export const valuesClass = (dtype: tf.DataType): ArrayClass<TensorValues> | undefined =>
  ({ float32: Float32Array, int32: Int32Array, bool: Uint8Array })[dtype as TensorDtype];

const sharedMark: unique symbol = Symbol.for('tfjs-bayesian/sharedTensor');

/** A tensor in memory that threads share: it travels without a copy, and arrives as a tensor. */
interface SharedTensor extends Pick<tf.Tensor, 'dtype' | 'shape'> {
  readonly [sharedMark]: TensorValues;
}

/**
 * What `encode` takes for a tensor with these values, in memory that threads share.
 *
 * @example
 * const params = { weight: sharedTensor(model.weight, values) };
 */
export const sharedTensor = <T extends tf.Tensor>({ dtype, shape }: T, values: TensorValues): T =>
  ({ [sharedMark]: values, dtype, shape }) as unknown as T;

const isSharedTensor = (value: unknown): value is SharedTensor =>
  typeof value === 'object' && value !== null && sharedMark in value;

/** The name of a typed array's kind, also for Node's Buffer and across realms. */
const arrayName = (value: unknown): string | undefined => {
  const name = ArrayBuffer.isView(value) ? Reflect.get(value, Symbol.toStringTag) : undefined;
  return typeof name === 'string' && Object.hasOwn(typedArrays, name) ? name : undefined;
};

/** A copy, of exactly the view: `postMessage` would send all of the memory below it, such as that of wasm. */
const copied = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));

/** Whether threads share a memory. */
export const isShared = (buffer: ArrayBufferLike): buffer is SharedArrayBuffer =>
  buffer[Symbol.toStringTag] === 'SharedArrayBuffer';

/** The bytes of a view, which are a copy unless threads share them. */
const carried = (view: ArrayBufferView): Uint8Array =>
  isShared(view.buffer) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : copied(view);

/** Whether a view has all of its memory. */
const isWhole = ({ buffer, byteLength }: ArrayBufferView): boolean => byteLength === buffer.byteLength;

/** Whether a tensor is in the memory of wasm. Reading it copies it; others may return what they keep themselves. */
export const isOnWasm = ({ dataId }: tf.Tensor): boolean => {
  const info = tf.engine().state.tensorInfo.get(dataId);
  return info !== undefined && info.backend === running('wasm');
};

/** The bytes of a tensor, in memory of their own. */
const tensorBytes = async (tensor: tf.Tensor): Promise<Uint8Array<ArrayBuffer>> => {
  const values: ArrayBufferView = await tensor.data();
  return isOnWasm(tensor) && isWhole(values) ? new Uint8Array(values.buffer as ArrayBuffer) : copied(values);
};

/** Shorter lists of numbers stay legible text. */
const LONG = 16;

const isNumbers = (node: unknown): node is readonly number[] =>
  Array.isArray(node) && node.length >= LONG && node.every((each) => typeof each === 'number');

/** An array whose bytes are still to be read. */
interface Pending extends Omit<EncodedArray, 'bytes'> {
  readonly source: tf.Tensor | ArrayBufferView;
}

const EXPECTED = 'plain data, a typed array, a tensor or a key';

/** A leaf as text; arrays and tensors are added to `pending`. */
const leafText = (argument: string, leaf: unknown, path: Path, pending: Pending[]): string => {
  if (typeof leaf === 'string') return `string ${leaf}`;
  if (typeof leaf === 'number') return `number ${Object.is(leaf, -0) ? '-0' : leaf}`;
  if (typeof leaf === 'boolean') return `boolean ${leaf}`;
  if (typeof leaf === 'bigint') return `bigint ${leaf}`;
  if (leaf === null) return 'null';
  if (leaf === undefined) return 'undefined';
  const place = tensorName([argument, ...path]);
  const name = tensorName(['value', ...path]);
  if (isKey(leaf)) return `key ${keyData(leaf).join(' ')}`;
  if (isTensor(leaf)) {
    const dtype = tensorTypes[leaf.dtype as TensorDtype];
    if (leaf.isDisposed || dtype === undefined)
      return invalidArgument(place, 'a tensor of float32, int32 or bool that is not disposed', leaf);
    pending.push({ name, dtype, shape: leaf.shape, source: leaf });
    return 'tensor';
  }
  if (isSharedTensor(leaf)) {
    const { dtype, shape, [sharedMark]: source } = leaf;
    pending.push({ name, dtype: tensorTypes[dtype as TensorDtype], shape, source });
    return 'tensor';
  }
  const kind = arrayName(leaf);
  const type = typedArrays[kind ?? ''];
  if (type === undefined) return invalidArgument(place, EXPECTED, leaf);
  const view = leaf as Float32Array;
  pending.push({ name, dtype: type.dtype, shape: [view.length], source: view });
  return `array ${kind}`;
};

const structureOf = (argument: string, value: unknown, pending: Pending[]): string => {
  const walk = (node: unknown, path: Path, above: readonly unknown[]): unknown => {
    if (isNumbers(node)) {
      const source = Float64Array.from(node);
      pending.push({ name: tensorName(['value', ...path]), dtype: 'F64', shape: [node.length], source });
      return 'numbers';
    }
    if (!isNode(node) || isSharedTensor(node)) return leafText(argument, node, path, pending);
    const place = tensorName([argument, ...path]);
    if (above.includes(node)) invalidArgument(place, 'free of cycles', node);
    if (Object.hasOwn(node, '__proto__')) invalidArgument(place, 'without the name __proto__', node);
    const within = [...above, node];
    return Array.isArray(node)
      ? Array.from(node, (child, index) => walk(child, [...path, String(index)], within))
      : Object.fromEntries(
          Object.entries(node).map(([name, child]) => [name, walk(child, [...path, name], within)]),
        );
  };
  return JSON.stringify(walk(value, [], []));
};

/**
 * Encodes plain data, typed arrays, tensors and keys, exactly: NaN, infinities, -0 and undefined too. The bytes are copies,
 * except for arrays in memory that threads share.
 *
 * @throws Error, as a rejection, that names the part that is something else
 * @example
 * const { structure } = await encode('config', { rate: 0.1, weight: tf.ones([2]) });
 * // '{"rate":"number 0.1","weight":"tensor"}'
 */
export const encode = async (argument: string, value: unknown): Promise<Encoded> => {
  const pending: Pending[] = [];
  const structure = structureOf(argument, value, pending);
  const arrays = await Promise.all(
    pending.map(async ({ source, ...array }) => ({
      ...array,
      bytes: isTensor(source) ? await tensorBytes(source) : carried(source),
    })),
  );
  return { structure, arrays };
};

/**
 * Encodes a value without tensors, at once.
 *
 * @throws Error naming the part that is a tensor or cannot be encoded
 * @example
 * encodePlain('progress', { epoch: 3 }).structure; // '{"epoch":"number 3"}'
 */
export const encodePlain = (argument: string, value: unknown): Encoded => {
  const pending: Pending[] = [];
  const structure = structureOf(argument, value, pending);
  const arrays = pending.map(({ source, ...array }) => ({
    ...array,
    bytes: isTensor(source) ? invalidArgument(argument, 'without tensors', source) : carried(source),
  }));
  return { structure, arrays };
};

/** Damaged or foreign bytes. */
const invalid = (what: string): never => {
  throw new Error(`parallel: not an encoded value: ${what}`);
};

/** The values of an array: on its memory, or on a copy if it is a view on memory that is not shared. */
const valuesIn = <A>(array: EncodedArray | undefined, dtype: string, Type: ArrayClass<A>): A => {
  if (array?.dtype !== dtype) return invalid(`it has no ${dtype} for a leaf`);
  const { buffer, byteOffset, byteLength } = array.bytes;
  if (isShared(buffer)) return new Type(buffer, byteOffset, byteLength / Type.BYTES_PER_ELEMENT);
  return new Type(isWhole(array.bytes) ? buffer : copied(array.bytes).buffer);
};

/**
 * A tensor of values, of which it has a copy if threads share them.
 *
 * @example
 * tensorFrom(values, [2, 3], 'float32');
 */
export const tensorFrom = (values: TensorValues, shape: readonly number[], dtype: tf.DataType): tf.Tensor => {
  // The backend wasm copies all values into its own memory.
  const own = isShared(values.buffer) && tf.getBackend() !== 'wasm' ? values.slice() : values;
  return tf.tensor(own, [...shape], dtype);
};

const decodedTensor = (array: EncodedArray | undefined): tf.Tensor => {
  const [dtype, stored] = Object.entries(tensorTypes).find(([, stored]) => stored === array?.dtype) ?? [];
  if (array === undefined || stored === undefined) return invalid('it has no tensor for a leaf');
  const kind = dtype as TensorDtype;
  return tensorFrom(valuesIn(array, stored, valuesClass(kind)!), array.shape, kind);
};

const decodedLeaf = (text: unknown, array: EncodedArray | undefined): unknown => {
  if (typeof text !== 'string') return invalid('a leaf is not a string');
  const space = text.indexOf(' ');
  const [kind, rest] = space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
  switch (kind) {
    case 'string':
      return rest;
    case 'number':
      return Number(rest);
    case 'boolean':
      return rest === 'true';
    case 'bigint':
      return BigInt(rest);
    case 'null':
      return null;
    case 'undefined':
      return undefined;
    case 'key': {
      const [high = Number.NaN, low = Number.NaN] = rest.split(' ').map(Number);
      return fromData([high, low]);
    }
    case 'tensor':
      return decodedTensor(array);
    case 'numbers':
      return Array.from(valuesIn(array, 'F64', Float64Array));
    case 'array': {
      const type = Object.hasOwn(typedArrays, rest) ? typedArrays[rest] : undefined;
      if (type === undefined) return invalid(`it has an array of kind ${rest}`);
      return valuesIn(array, type.dtype, type.type());
    }
    default:
      return invalid(`it has a leaf of kind ${kind}`);
  }
};

/**
 * Decodes the result of `encode`, once: its memory becomes that of arrays and, on some backends, of tensors. The caller owns
 * the tensors.
 *
 * @throws Error if the structure is damaged or does not fit the arrays; no tensor is left
 * @example
 * const { rate } = decode(await encode('config', { rate: Number.NaN })); // NaN
 */
export const decode = <T>({ structure, arrays }: Encoded): T => {
  const byName = new Map(arrays.map((array) => [array.name, array]));
  const made: unknown[] = [];
  const walk = (node: unknown, path: Path): unknown => {
    if (Array.isArray(node)) return node.map((child, index) => walk(child, [...path, String(index)]));
    if (isNode(node))
      return Object.fromEntries(
        Object.entries(node).map(([name, child]) => [name, walk(child, [...path, name])]),
      );
    const leaf = decodedLeaf(node, byName.get(tensorName(path)));
    made.push(leaf);
    return leaf;
  };
  try {
    return walk(JSON.parse(structure), ['value']) as T;
  } catch (error) {
    dispose(made);
    throw error;
  }
};

/**
 * A copy of an encoded value, to decode it more than once.
 *
 * @example
 * decode(duplicate(encoded));
 */
export const duplicate = ({ structure, arrays }: Encoded): Encoded => ({
  structure,
  arrays: arrays.map((array) => ({ ...array, bytes: copied(array.bytes) })),
});

/** The memory of encoded values, which `postMessage` can transfer; it sends what is shared as it is. */
export const buffersIn = (encoded: readonly (Encoded | undefined)[]): ArrayBuffer[] =>
  encoded
    .flatMap((each) => each?.arrays ?? [])
    .flatMap(({ bytes: { buffer } }) => (isShared(buffer) ? [] : [buffer]));

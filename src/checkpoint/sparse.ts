import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { prunedLogScale } from '../distributions/pruned.ts';
import type { AnyModel } from '../transforms/model.ts';
import { savedBytes } from '../transforms/prune.ts';
import { isNode } from '../tree/index.ts';
import type { Contents, Data } from './contents.ts';
import { type CheckpointError, invalid } from './error.ts';
import type { Declared } from './safetensors/header.ts';
import type { Written } from './safetensors/safetensors.ts';
import { bitSizes, encodeFloats, type FloatType } from './safetensors/values.ts';
import { tensorName } from './treeDefinition.ts';

/** How the metadata describe a variable of which only some elements are stored. */
interface SparseVariable {
  /** The variable's shape. */
  readonly shape: readonly number[];
  /** The value of each parameter where an element is not stored. */
  readonly fill: Readonly<Record<string, number>>;
}

/** The sparse variables of a file, by the name of their node, such as `params.0.weight`. */
export type SparseVariables = Readonly<Record<string, SparseVariable>>;

/** The part of a name that the bits of a sparse variable have: one for each element, the lowest of a byte first. */
const MASK = 'kept';

type Bits = Uint32Array | Uint16Array;

const floats: readonly string[] = ['F32', 'F16', 'BF16'] satisfies readonly FloatType[];

const bytesEach = (dtype: string): number => (bitSizes.get(dtype) ?? 8) / 8;

/** Floats as integers, a copy. */
const bitsIn = (dtype: string, bytes: Uint8Array): Bits => {
  const { buffer } = new Uint8Array(bytes);
  return bytesEach(dtype) === 4 ? new Uint32Array(buffer) : new Uint16Array(buffer);
};

const fillBits = (dtype: string, value: number): number =>
  bitsIn(dtype, encodeFloats(dtype as FloatType)(Float32Array.of(value)))[0] as number;

const asBytes = ({ buffer }: Bits): Uint8Array => new Uint8Array(buffer);

const maskLength = (size: number): number => Math.ceil(size / 8);

const hasBit = (mask: Uint8Array, i: number): boolean => (((mask[i >> 3] as number) >> (i & 7)) & 1) === 1;

/** The tensors of a variable without its pruned elements, if that is shorter. */
const shortened = (
  name: string,
  parameters: readonly (readonly [tensor: Written, fill: number])[],
): readonly Written[] | undefined => {
  const read = parameters.map(([tensor, fill]) => ({
    tensor,
    bits: bitsIn(tensor.dtype, tensor.bytes),
    none: fillBits(tensor.dtype, fill),
  }));
  const size = read[0]?.bits.length ?? 0;
  const mask = new Uint8Array(maskLength(size));
  let kept = 0;
  for (let i = 0; i < size; i++) {
    if (read.every(({ bits, none }) => bits[i] === none)) continue;
    mask[i >> 3] = (mask[i >> 3] as number) | (1 << (i & 7));
    kept += 1;
  }
  const each = read.reduce((sum, { tensor }) => sum + bytesEach(tensor.dtype), 0);
  if (savedBytes(size, kept, each) === 0) return undefined;
  return [
    ...read.map(({ tensor, bits }) => ({
      ...tensor,
      shape: [kept],
      bytes: asBytes(bits.filter((_, i) => hasBit(mask, i))),
    })),
    { name: `${name}.${MASK}`, dtype: 'U8', shape: [mask.length], bytes: mask },
  ];
};

/**
 * The tensors of a checkpoint, of whose pruned variables only the kept elements are stored where that saves space, and
 * the entry of the metadata that says so.
 *
 * @example
 * withoutPruned(model, tensors).sparse; // { 'params.0.weight': { shape: [784, 64], fill: { mean: 0, logStd: -1024 } } }
 */
export const withoutPruned = (
  { network }: AnyModel,
  tensors: readonly Written[],
): { readonly tensors: readonly Written[]; readonly sparse: SparseVariables } => {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const sparse: [string, SparseVariable][] = [];
  for (const { path, shape, posterior } of network.sites) {
    const name = tensorName(['params', ...path]);
    if (posterior.logScale === undefined || byName.has(`${name}.${MASK}`)) continue;
    const fill = { mean: 0, [posterior.logScale]: prunedLogScale };
    const parameters = Object.entries(fill).flatMap(([parameter, value]) => {
      const tensor = byName.get(`${name}.${tensorName([parameter])}`);
      return tensor === undefined || !floats.includes(tensor.dtype) ? [] : [[tensor, value] as const];
    });
    const short = parameters.length === 2 ? shortened(name, parameters) : undefined;
    if (short === undefined) continue;
    for (const tensor of short) byName.set(tensor.name, tensor);
    sparse.push([name, { shape, fill }]);
  }
  return { tensors: [...byName.values()], sparse: Object.fromEntries(sparse) };
};

/** A sparse variable whose tensors have been found in a file. */
interface Found {
  readonly mask: string;
  readonly size: number;
  readonly kept: number;
  readonly shape: readonly number[];
  readonly parameters: readonly { readonly tensor: Declared; readonly fill: number }[];
}

const refuse = (message: string, tensor?: string): E.Either<CheckpointError, never> =>
  E.left(invalid('sparse', message, tensor));

const isVariable = (entry: unknown): entry is SparseVariable => {
  if (!isNode(entry) || Array.isArray(entry)) return false;
  const { shape, fill } = entry as Readonly<Record<string, unknown>>;
  return (
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size > 0) &&
    isNode(fill) &&
    Object.keys(fill).length > 0 &&
    Object.values(fill).every((value) => typeof value === 'number')
  );
};

const find =
  (declared: ReadonlyMap<string, Declared>) =>
  ([name, entry]: readonly [string, unknown]): E.Either<CheckpointError, Found> => {
    if (!isVariable(entry)) return refuse("its entry in the metadata's 'sparse' has no shape and fill", name);
    const size = entry.shape.reduce((product, each) => product * each, 1);
    const mask = `${name}.${MASK}`;
    const bits = declared.get(mask);
    if (bits?.dtype !== 'U8' || bits.shape.length !== 1 || bits.shape[0] !== maskLength(size)) {
      const has = bits === undefined ? 'the file has none' : `it is ${bits.dtype} [${bits.shape.join(', ')}]`;
      return refuse(`the bits of a sparse variable must be U8 [${maskLength(size)}], but ${has}`, mask);
    }
    const parameters: { readonly tensor: Declared; readonly fill: number }[] = [];
    for (const [parameter, fill] of Object.entries(entry.fill)) {
      const tensor = declared.get(`${name}.${tensorName([parameter])}`);
      const kept = parameters[0]?.tensor.shape[0] ?? tensor?.shape[0] ?? 0;
      if (tensor === undefined) return refuse(`it has no '${parameter}' in the file`, name);
      if (!floats.includes(tensor.dtype) || tensor.shape.length !== 1 || tensor.shape[0] !== kept)
        return refuse(`it must be a list of ${kept} floats, as the variable is sparse`, tensor.name);
      parameters.push({ tensor, fill });
    }
    const kept = parameters[0]?.tensor.shape[0] as number;
    return kept <= size
      ? E.right({ mask, size, kept, shape: entry.shape, parameters })
      : refuse(`${kept} elements are stored of a variable that has ${size}`, name);
  };

const readEntries = (text: string): E.Either<CheckpointError, readonly (readonly [string, unknown])[]> =>
  pipe(
    E.tryCatch(
      () => JSON.parse(text) as unknown,
      () => invalid('sparse', "the metadata's 'sparse' is not JSON"),
    ),
    E.chain((json) =>
      isNode(json) && !Array.isArray(json)
        ? E.right(Object.entries(json))
        : refuse("the metadata's 'sparse' must map names of variables to their shape and fill"),
    ),
  );

/** The values of all elements of a parameter, in the file's dtype. */
const expanded = ({ dtype }: Declared, bytes: Uint8Array, mask: Uint8Array, size: number, fill: number) => {
  const kept = bitsIn(dtype, bytes);
  const all: Bits = kept instanceof Uint32Array ? new Uint32Array(size) : new Uint16Array(size);
  all.fill(fillBits(dtype, fill));
  let next = 0;
  for (let i = 0; i < size; i++) if (hasBit(mask, i)) all[i] = kept[next++] as number;
  return asBytes(all);
};

/** Whether as many bits are set as elements are stored, and none beyond the last element. */
const maskFault = (mask: Uint8Array, { size, kept }: Found): string | undefined => {
  let set = 0;
  for (let i = 0; i < 8 * mask.length; i++)
    if (hasBit(mask, i)) set += i < size ? 1 : Number.POSITIVE_INFINITY;
  if (set === kept) return undefined;
  return Number.isFinite(set)
    ? `${set} of its bits are set, but ${kept} elements are stored`
    : `a bit is set beyond the ${size} elements of the variable`;
};

const expandedData =
  (variables: readonly Found[], names: ReadonlySet<string>) =>
  (data: Data): E.Either<CheckpointError, Data> => {
    const all = new Map(data);
    for (const found of variables) {
      const mask = data.get(found.mask);
      all.delete(found.mask);
      if (mask === undefined) continue;
      const fault = maskFault(mask, found);
      if (fault !== undefined) return refuse(fault, found.mask);
      for (const { tensor, fill } of found.parameters) {
        const bytes = data.get(tensor.name);
        if (bytes !== undefined && names.has(tensor.name))
          all.set(tensor.name, expanded(tensor, bytes, mask, found.size, fill));
      }
    }
    return E.right(all);
  };

/**
 * The contents of a checkpoint with the sparse variables in full: their tensors have the variable's shape, and are filled
 * in as they are read. Bits and stored elements must agree.
 *
 * @example
 * inFull(contents); // Either.right({ tensors, metadata, read })
 */
export const inFull = (contents: Contents): E.Either<CheckpointError, Contents> => {
  const text = contents.metadata.get('sparse');
  if (text === undefined || !contents.metadata.get('format')?.startsWith('tfjs-bayesian/'))
    return E.right(contents);
  const declared = new Map(contents.tensors.map((tensor) => [tensor.name, tensor]));
  return pipe(
    readEntries(text),
    E.chain(E.traverseArray(find(declared))),
    E.map((variables): Contents => {
      const masks = new Set(variables.map(({ mask }) => mask));
      const full = new Map(
        variables.flatMap((found) =>
          found.parameters.map(({ tensor }) => [tensor.name, { found, tensor }] as const),
        ),
      );
      return {
        ...contents,
        tensors: contents.tensors.flatMap((tensor) => {
          if (masks.has(tensor.name)) return [];
          const found = full.get(tensor.name)?.found;
          return found === undefined ? [tensor] : [{ ...tensor, shape: found.shape, kept: found.kept }];
        }),
        read: (names) => {
          const needed = [...names].flatMap((name) => full.get(name)?.found.mask ?? []);
          return pipe(
            contents.read(new Set([...names, ...needed])),
            TE.chainEitherK(expandedData(variables, names)),
          );
        },
      };
    }),
  );
};

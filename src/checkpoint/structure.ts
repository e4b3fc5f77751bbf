import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { invalidArgument } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { checkSingleKey, isKey, keyFromWords } from '../random/key.ts';
import { mapLeaves } from '../tree/everyLeaf.ts';
import { isNode, isTensor, type Path } from '../tree/index.ts';
import { type CheckpointError, invalid } from './error.ts';
import { tensorName } from './treeDefinition.ts';

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** A leaf as text: its kind and, except for a tensor, its value. */
const leafText = (leaf: unknown, path: Path): string => {
  if (isTensor(leaf)) return 'tensor';
  if (typeof leaf === 'number') return `number ${numberText(leaf)}`;
  if (typeof leaf === 'boolean') return `boolean ${leaf}`;
  if (typeof leaf === 'string') return `string ${leaf}`;
  if (leaf === null) return 'null';
  if (leaf === undefined) return 'undefined';
  if (isKey(leaf)) {
    const { k0, k1 } = checkSingleKey(`checkpoint: '${tensorName(path)}'`, leaf);
    return `key ${k0} ${k1}`;
  }
  return invalidArgument(
    `checkpoint: '${tensorName(path)}'`,
    'a tensor, a number, a string, a key, a boolean or null',
    leaf,
  );
};

/**
 * The structure of a tree as JSON: objects and lists stay as they are, a leaf is a string of its kind and, except for a
 * tensor, its value.
 *
 * @throws Error naming a leaf that cannot be stored
 * @example
 * structureText({ step: 3, params: { w: tf.scalar(1) } }); // '{"step":"number 3","params":{"w":"tensor"}}'
 */
export const structureText = (tree: unknown): string => JSON.stringify(mapLeaves(leafText)(tree));

/** Deeper than any network: limits the stack for untrusted files. */
const MAX_DEPTH = 100;

const isDeeper = (node: unknown, depth: number): boolean =>
  isNode(node) && (depth === 0 || Object.values(node).some((child) => isDeeper(child, depth - 1)));

/**
 * Parses the structure of a tree, with its leaves as text.
 *
 * @example
 * readStructure('{"step":"number 3"}'); // Either.right({ step: 'number 3' })
 */
export const readStructure = (text: string | undefined): E.Either<CheckpointError, unknown> =>
  text === undefined
    ? E.left(invalid('metadata', "the metadata has no 'structure'"))
    : pipe(
        E.tryCatch(
          () => JSON.parse(text) as unknown,
          () => invalid('metadata', "the metadata's 'structure' is not JSON"),
        ),
        E.filterOrElse(
          (json) => isNode(json) && !isDeeper(json, MAX_DEPTH),
          () => invalid('metadata', "the metadata's 'structure' is not a tree"),
        ),
      );

const keyText = /^key (\d{1,10}) (\d{1,10})$/;

const readKey = (text: string): Key | undefined => {
  const [k0, k1] = (keyText.exec(text) ?? []).slice(1).map(Number);
  return k0 !== undefined && k1 !== undefined && k0 < 2 ** 32 && k1 < 2 ** 32
    ? keyFromWords(k0, k1)
    : undefined;
};

/** Parses a leaf other than a tensor, if it has the kind of the model's leaf; else `undefined`. */
export const leafLike = (model: unknown, text: unknown): { readonly value: unknown } | undefined => {
  if (typeof text !== 'string') return undefined;
  if (isKey(model)) {
    const key = readKey(text);
    return key && { value: key };
  }
  const space = text.indexOf(' ');
  const [kind, value] = space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
  if (kind !== (model === null ? 'null' : typeof model)) return undefined;
  if (kind === 'number') {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? { value: number } : undefined;
  }
  if (kind === 'boolean') return /^(true|false)$/.test(value) ? { value: value === 'true' } : undefined;
  if (kind === 'string') return { value };
  return kind === 'null' || kind === 'undefined' ? { value: model } : undefined;
};

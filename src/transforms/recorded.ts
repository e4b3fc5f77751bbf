import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { thrownMessage } from '../check/index.ts';
import { canRecord, record } from '../kernels/record.ts';
import { isRefusal, type Recording, refuse, runsDiffer, whileRecording } from '../ops/recording.ts';
import { type Derivations, watchDerivations } from '../random/derivations.ts';
import { foldIn, type Key } from '../random/index.ts';
import { isKey, isKeyBatch, keyContent } from '../random/key.ts';
import { isNode, isTensor, leaves, type Path, unflatten } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { isTracer } from '../vmap/tracer.ts';

/** A function of parameters, a key and inputs; it may not depend on the step. */
export type Keyed<P, Y> = (params: P, key: Key, inputs: readonly unknown[], step?: number) => Y;

/** How to replay one recording. */
interface Replayed<Y> {
  readonly recording: Recording;
  /** The words of the keys that it needs, from the key of a call. */
  readonly words: (key: Key) => Int32Array;
  readonly restored: (tensors: readonly Tensor[]) => Y;
}

/** What is known of arguments of certain shapes: they were seen once, the function failed as it was recorded, it cannot be, or is. */
type Known<Y> = 'seen' | 'failed' | 'refused' | Replayed<Y>;

/** What `recorded` counts and reports. */
export interface Recorded<P, Y> {
  readonly run: Keyed<P, Y>;
  /** Recordings, the calls that were replayed, and the bytes of their own that the recordings hold between calls. */
  readonly report: () => { readonly recordings: number; readonly replays: number; readonly bytes: number };
  readonly dispose: () => void;
}

/** The most recordings of one function, for arguments of different shapes; the one that was used longest ago goes. */
const MOST = 4;

/** The calls in a row with arguments that were not seen before, after which it is said that nothing is recorded. */
const PATIENCE = 16;

const describeValue = (value: unknown, name: string): string => {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  return typeof value === 'string'
    ? JSON.stringify(value)
    : refuse(`${name || 'its result'} is neither a tensor nor a number`);
};

/** What of a tree a recording depends on, as text, and its tensors, each once. */
interface Described {
  readonly text: string;
  readonly tensors: readonly Tensor[];
}

/**
 * Describes a tree: its structure, its shapes and plain values, and which tensors are the same.
 *
 * @throws Error, a refusal, for a leaf of another kind
 */
const describeTree = (tree: unknown): Described => {
  const first = new Map<Tensor, number>();
  const describe = (node: unknown, path: Path): string => {
    if (isTensor(node)) {
      const same = first.get(node) ?? first.size;
      first.set(node, same);
      return `${node.dtype}[${node.shape.join()}]${same}`;
    }
    if (!isNode(node)) return describeValue(node, pathName(path));
    const children = Object.entries(node).map(
      ([name, child]) => `${JSON.stringify(name)}:${describe(child, [...path, name])}`,
    );
    return `${Array.isArray(node) ? 'array' : ''}{${children.join()}}`;
  };
  const text = describe(tree, []);
  return { text, tensors: [...first.keys()] };
};

/** What is not is reported by the function itself. */
const isAlive = (tensor: Tensor): boolean => !tensor.isDisposed && !isTracer(tensor);

/** A function that derives the words of varying pairs, if each pair is the same key of both runs. */
const wordsOf = (recording: Recording, first: Derivations, second: Derivations): Replayed<never>['words'] => {
  const places = recording.varying.map((pair) => {
    const place = first.place(pair.first);
    return place === undefined || place !== second.place(pair.second)
      ? runsDiffer('integers that are not the words of keys')
      : place;
  });
  return first.rederive(places);
};

/** Records a function for arguments with given tensors, each of which is one input of the recording. */
const recordRuns = <P, Y>(
  f: Keyed<P, Y>,
  given: readonly Tensor[],
  ...[params, key, all, step]: Parameters<Keyed<P, Y>>
): Replayed<Y> => {
  const args = [params, all] as const;
  const places = leaves(args).map((leaf) => given.indexOf(leaf));
  const watched = [key, foldIn(key, 0)].map(watchDerivations) as [Derivations, Derivations];
  const steps = [step, step === undefined ? step : step + 1];
  const results: Y[] = [];
  const runs = watched.map((derivations, run) => (inputs: readonly Tensor[]) => {
    const [p, those] = unflatten(args)(places.map((place) => inputs[place]!));
    const result = whileRecording(() => f(p, derivations.key, those, steps[run]));
    if (inputs.some(({ isDisposed }) => isDisposed)) refuse('it disposes what it is given');
    results.push(result);
    return [...new Set(leaves(result))];
  });
  const recording = record(given, [runs[0]!, runs[1]!]);
  try {
    const [by] = watched.flatMap(({ reader }) => reader() ?? []);
    if (by !== undefined) refuse(`${by} computes numbers in JavaScript`);
    if (!watched[0].sameAs(watched[1])) runsDiffer('the keys that are derived');
    const [first, second] = results.map(describeTree);
    if (first?.text !== second?.text) runsDiffer('the result');
    // One tensor in several places of the result stays one.
    const own = leaves(results[0]!);
    const distinct = [...new Set(own)];
    const at = own.map((tensor) => distinct.indexOf(tensor));
    return {
      ...{ recording, words: wordsOf(recording, ...watched) },
      restored: (tensors) => unflatten(results[0]!)(at.map((place) => tensors[place]!)),
    };
  } catch (error) {
    recording.dispose();
    throw error;
  }
};

/**
 * A function that is recorded when it is called for the second time with arguments of the same shapes, and replayed from then
 * on, on a backend that can do so. Elsewhere, and where recording fails, the function itself runs.
 *
 * @param fallback called with why a function cannot be recorded
 * @example
 * const { run, dispose } = recorded(valueAndGrad(loss), console.warn);
 */
export const recorded = <P, Y>(f: Keyed<P, Y>, fallback: (reason: string) => void): Recorded<P, Y> => {
  let home: unknown;
  let known: Map<string, Known<Y>> = new Map();
  let [replays, strangers] = [0, 0];
  /** The arguments with which recording has just failed. */
  let failing: string | undefined;
  const replayed = (): readonly Replayed<Y>[] =>
    [...known.values()].filter((each) => typeof each === 'object');
  const dispose = (): void => {
    for (const { recording } of replayed()) recording.dispose();
    known = new Map();
  };
  /** Puts what is known last, and lets go of what is over the limit. */
  const remember = (description: string, what: Known<Y>): void => {
    known.delete(description);
    known.set(description, what);
    const [oldest] = known.size > 2 * MOST || replayed().length > MOST ? known : [];
    if (oldest === undefined) return;
    if (typeof oldest[1] === 'object') oldest[1].recording.dispose();
    known.delete(oldest[0]);
  };
  const fail = (description: string, error: unknown): void => {
    const isFirst = known.get(description) !== 'failed';
    if (!isRefusal(error) && isFirst) {
      // What is wrong with the function itself it will say when it runs.
      remember(description, 'failed');
      failing = description;
      return;
    }
    const before = known.get(description);
    if (typeof before === 'object') before.recording.dispose();
    remember(description, 'refused');
    fallback(thrownMessage(error));
  };
  /** What is known of arguments, after recording them if it is time. */
  const lookUp = (
    { text, tensors }: Described,
    ...given: Parameters<Keyed<P, Y>>
  ): Replayed<Y> | undefined => {
    const before = known.get(text);
    strangers = before === undefined ? strangers + 1 : 0;
    if (strangers === PATIENCE)
      fallback(`its arguments had other shapes or numbers in each of ${PATIENCE} calls`);
    const isTime = before === 'seen' || before === 'failed';
    const next = isTime ? recordRuns(f, tensors, ...given) : (before ?? 'seen');
    remember(text, next);
    return typeof next === 'object' ? next : undefined;
  };
  /** The result of a replay; `undefined` if there is none. */
  const tryReplay = (...given: Parameters<Keyed<P, Y>>): { readonly result: Y } | undefined => {
    const [params, key, inputs] = given;
    const { backend } = engine();
    if (home !== backend) dispose();
    home = backend;
    let description = '';
    try {
      const described = describeTree({ params, inputs });
      description = described.text;
      if (!described.tensors.every(isAlive)) return undefined;
      const found = lookUp(described, ...given);
      const tensors = found?.recording.replay(described.tensors, found.words(key));
      return tensors && { result: found!.restored(tensors) };
    } catch (error) {
      if (typeof known.get(description) === 'object' && !isRefusal(error)) throw error;
      fail(description, error);
      return undefined;
    }
  };
  /** Runs the function. If it fails by itself, that says nothing about recording it. */
  const runPlain = (given: Parameters<Keyed<P, Y>>): Y => {
    const mayForgive = failing;
    try {
      return f(...given);
    } catch (error) {
      if (mayForgive !== undefined) remember(mayForgive, 'seen');
      throw error;
    }
  };
  return {
    run: (...given) => {
      const [, key] = given;
      failing = undefined;
      const isReady = canRecord() && isKey(key) && !isKeyBatch(keyContent(key));
      const replay = isReady ? tryReplay(...given) : undefined;
      if (replay === undefined) return runPlain(given);
      replays += 1;
      return replay.result;
    },
    report: () => ({
      recordings: replayed().length,
      replays,
      bytes: replayed().reduce((sum, { recording }) => sum + recording.bytes(), 0),
    }),
    dispose,
  };
};

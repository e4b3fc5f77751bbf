import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { canRecord, type Recording, record, runsDiffer } from '../ops/recording.ts';
import { type Derivations, watchDerivations } from '../random/derivations.ts';
import { foldIn, type Key } from '../random/index.ts';
import { isKey, isKeyBatch, keyContent } from '../random/key.ts';
import { everyLeaf } from '../tree/everyLeaf.ts';
import { entries, isTensor, leaves, unflatten } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { isTracer } from '../vmap/tracer.ts';

/** A function of parameters, a key and a batch. */
export type Keyed<P, B, Y> = (params: P, key: Key, batch: B) => Y;

/** How to replay one recording. */
interface Replayed<Y> {
  readonly recording: Recording;
  /** The words of the keys that it needs, from the key of a call. */
  readonly words: (key: Key) => Int32Array;
  readonly restored: (tensors: readonly Tensor[]) => Y;
}

/** What is known of arguments of certain shapes: they were seen once, cannot be recorded, or are. */
type Known<Y> = 'seen' | 'refused' | Replayed<Y>;

/** What `recorded` counts and reports. */
export interface Recorded<P, B, Y> {
  readonly run: Keyed<P, B, Y>;
  /** Recordings, the calls that were replayed, and the bytes that the recordings hold on the device. */
  readonly report: () => { readonly recordings: number; readonly replays: number; readonly bytes: number };
  readonly dispose: () => void;
}

/** The most recordings of one function, for arguments of different shapes; the one that was used longest ago goes. */
const MOST = 4;

/** A leaf in the description of arguments: `undefined` for what is neither a tensor nor plain. */
const described = (leaf: unknown): string | undefined => {
  if (isTensor(leaf)) return `${leaf.dtype}[${leaf.shape.join()}]`;
  if (leaf === null || leaf === undefined) return String(leaf);
  return ['number', 'boolean', 'string'].includes(typeof leaf) ? JSON.stringify(leaf) : undefined;
};

/** What of arguments a recording depends on: their structure, their shapes, and which tensors are the same. */
const describeArguments = (args: unknown): string => {
  const first = new Map<unknown, number>();
  const lines = everyLeaf(args).map(({ path, leaf }, index) => {
    const text = described(leaf);
    if (text === undefined) throw new Error(`${pathName(path.slice(1))} is neither a tensor nor a number`);
    const same = first.get(leaf) ?? index;
    if (isTensor(leaf)) first.set(leaf, same);
    return `${JSON.stringify(path)} ${text} ${isTensor(leaf) ? same : ''}`;
  });
  return lines.join('\n');
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

const recordRuns = <P, B, Y>(f: Keyed<P, B, Y>, params: P, key: Key, batch: B): Replayed<Y> => {
  const args = [params, batch] as const;
  const watched = [key, foldIn(key, 0)].map(watchDerivations) as [Derivations, Derivations];
  const results: Y[] = [];
  const runs = watched.map((derivations) => (inputs: readonly Tensor[]) => {
    const [p, b] = unflatten(args)(inputs);
    const result = f(p, derivations.key, b);
    results.push(result);
    return leaves(result);
  });
  const recording = record({ inputs: leaves(args), runs: [runs[0]!, runs[1]!] });
  if (recording === undefined) throw new Error('the backend records nothing');
  try {
    const [reader] = watched.flatMap(({ reader }) => reader() ?? []);
    if (reader !== undefined) throw new Error(`${reader} computes numbers in JavaScript`);
    if (!watched[0].sameAs(watched[1])) runsDiffer('the keys that are derived');
    const names = results.map((result) =>
      entries(result)
        .map(({ path }) => JSON.stringify(path))
        .join(),
    );
    if (names[0] !== names[1]) runsDiffer('the result');
    return { recording, words: wordsOf(recording, ...watched), restored: unflatten(results[0]!) };
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
export const recorded = <P, B, Y>(
  f: Keyed<P, B, Y>,
  fallback: (reason: string) => void,
): Recorded<P, B, Y> => {
  let [home, known, replays]: [unknown, Map<string, Known<Y>>, number] = [undefined, new Map(), 0];
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
  /** What is known of arguments, after recording them if it is time. */
  const lookUp = (params: P, key: Key, batch: B): Replayed<Y> | undefined => {
    const { backend } = engine();
    if (home !== backend) dispose();
    home = backend;
    let description = '';
    try {
      description = describeArguments([params, batch]);
      const before = known.get(description);
      const next = before === 'seen' ? recordRuns(f, params, key, batch) : (before ?? 'seen');
      remember(description, next);
      return typeof next === 'object' ? next : undefined;
    } catch (error) {
      // What is wrong with the function itself it will say when it runs.
      remember(description, 'refused');
      fallback(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  return {
    run: (params, key, batch) => {
      const isReady =
        canRecord() && isKey(key) && !isKeyBatch(keyContent(key)) && leaves([params, batch]).every(isAlive);
      const found = isReady ? lookUp(params, key, batch) : undefined;
      const tensors = found?.recording.replay(leaves([params, batch]), found.words(key));
      if (found === undefined || tensors === undefined) return f(params, key, batch);
      replays += 1;
      return found.restored(tensors);
    },
    report: () => ({
      recordings: replayed().length,
      replays,
      bytes: replayed().reduce((sum, { recording }) => sum + recording.bytes(), 0),
    }),
    dispose,
  };
};

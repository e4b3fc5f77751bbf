import * as E from 'fp-ts/lib/Either.js';
import { inspect } from '../checkpoint/inspect.ts';
import { load } from '../checkpoint/load.ts';
import { save } from '../checkpoint/save.ts';
import type { Node } from '../files/index.ts';
import type { GradientTransformation } from '../optimizers/index.ts';
import type { Model } from '../transforms/index.ts';
import { dispose } from '../tree/index.ts';
import type { BestScores, RunFiles, RunRecord } from './resume.ts';

/** Training is a promise, so what failed is thrown. */
const orThrow = async <A>(
  result: Promise<E.Either<{ readonly message: string }, A>>,
  doing: string,
): Promise<A> => {
  const done = await result;
  if (E.isLeft(done)) throw new Error(`fit: cannot ${doing}: ${done.left.message}`);
  return done.right;
};

/** The name of the metadata that holds a record. */
const NAME = 'training';

const bestPath = ({ path }: Node, file: string): string => {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.best${ext}`);
};

const readRecord = async <R>(file: string): Promise<R | undefined> => {
  const { metadata } = await orThrow(inspect(file)(), `read ${file}`);
  const text = metadata.get(NAME);
  return text === undefined ? undefined : (JSON.parse(text) as R);
};

/**
 * Reads and writes the files of a run.
 *
 * @example
 * const { open, save } = savedRun(model, adam({ learningRate: 1e-3 }), node()!, 'run.safetensors');
 */
export const savedRun = <P, S>(
  model: Model<P>,
  optimizer: GradientTransformation<S>,
  system: Node,
  path: string,
): Omit<RunFiles<P, S>, 'every'> => {
  const best = bestPath(system, path);
  const readBest = async () => {
    if (!system.fs.existsSync(best)) return undefined;
    const scores = await readRecord<BestScores>(best);
    if (scores === undefined) return undefined;
    return { ...scores, params: await orThrow(load(model)(best)(), `resume from ${best}`) };
  };
  return {
    open: async () => {
      if (!system.fs.existsSync(path)) return undefined;
      const record = await readRecord<RunRecord>(path);
      const state = await orThrow(load(model, { optimizer })(path)(), `resume from ${path}`);
      try {
        return { history: [], validations: [], ...record, state, best: await readBest() };
      } catch (error) {
        dispose([state.params, state.optimizer]);
        throw error;
      }
    },
    save: async (state, record) => {
      const metadata = { [NAME]: JSON.stringify(record) };
      await orThrow(save(model, { metadata })(path)(state)(), `save ${path}`);
    },
    saveBest: async (params, scores) => {
      const metadata = { [NAME]: JSON.stringify(scores) };
      await orThrow(save(model, { metadata })(best)(params)(), `save ${best}`);
    },
  };
};

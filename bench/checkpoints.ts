import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { checkpoint, random, tree } from 'tfjs-bayesian';
import type { Run } from './contender.ts';
import { makeModel } from './ours.ts';
import type { Problem } from './problem.ts';

/** A file in a folder that goes away with the process. */
const temporaryFile = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'posterior.safetensors');
};

const done = <A>(result: E.Either<checkpoint.CheckpointError, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

/** A run that saves the posterior to a file, synced to the disk. */
export const saving = (problem: Problem): Run => {
  const model = makeModel(problem);
  const save = checkpoint.save(model)(temporaryFile())(model.init(random.key(2)));
  return async () => done(await save());
};

/** A run that loads the posterior from a file, into tensors of the backend. */
export const loading = async (problem: Problem): Promise<Run> => {
  const model = makeModel(problem);
  const file = temporaryFile();
  const params = model.init(random.key(2));
  done(await checkpoint.save(model)(file)(params)());
  tree.dispose(params);
  const load = checkpoint.load(model)(file);
  return async () => tree.dispose(done(await load()));
};

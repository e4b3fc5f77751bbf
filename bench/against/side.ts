// Run by sides.ts, with a folder, a number of runs and the names of contenders; its last line is JSON. Packages and
// `tfjs-bayesian` are those of that folder, whose tsconfig.json this process runs under. Without names it lists them.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { useBackend, useKernels } from 'tfjs-bayesian';
import type { Contender } from '../contender.ts';
import { roundRobin } from '../roundRobin.ts';

const [folder = '', runs = '', ...names] = process.argv.slice(2);
const { contenders } = (await import(pathToFileURL(join(folder, 'bench/contenders.ts')).href)) as {
  readonly contenders: readonly Contender[];
};

const measured = async () => {
  const started = await useBackend('wasm')();
  if (E.isLeft(started)) throw new Error(started.left.message);
  const chosen = names.flatMap((wanted) => contenders.filter(({ name }) => name === wanted));
  return roundRobin(chosen, Number(runs), { now: () => performance.now(), useKernels });
};

console.log(JSON.stringify(names.length === 0 ? contenders.map(({ name }) => name) : await measured()));

// Run by sides.ts, with a folder, a number of runs, numbers of threads and the names of contenders; its last line is JSON. Packages and
// `tfjs-bayesian` are those of that folder, whose tsconfig.json this process runs under. Without names it lists them.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { useKernels } from 'tfjs-bayesian';
import type { Contender } from '../contender.ts';
import { roundRobin } from '../roundRobin.ts';
import { onThreads, useThreads } from '../threads.ts';

const [folder = '', runs = '', threads = '1', ...names] = process.argv.slice(2);
const { contenders: own } = (await import(pathToFileURL(join(folder, 'bench/contenders.ts')).href)) as {
  readonly contenders: readonly Contender[];
};

/** In a revision from before there was `compile`, or before it took predictions, what is compiled is what it is. */
const compiled = own
  .filter(({ name }) => name.endsWith('/ours'))
  .map((contender) => ({ ...contender, name: contender.name.replace('/ours', '/compiled') }));
const contenders = [...own, ...compiled.filter(({ name }) => !own.some((each) => each.name === name))];

const measured = async () => {
  const counts = threads.split(',').map(Number);
  await useThreads(Math.max(...counts));
  const chosen = names
    .flatMap((wanted) => contenders.filter(({ name }) => name === wanted))
    .flatMap(onThreads(counts));
  return roundRobin(chosen, Number(runs), { now: () => performance.now(), useKernels, useThreads });
};

console.log(JSON.stringify(names.length === 0 ? contenders.map(({ name }) => name) : await measured()));

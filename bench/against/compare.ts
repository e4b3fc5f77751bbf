import { writeFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { type Contender, wanted } from '../contender.ts';
import { describeMachine, machine } from '../machine.ts';
import type { Options } from '../options.ts';
import { onThreads } from '../threads.ts';
import { withCheckout } from './checkout.ts';
import { type NodeVersion, withNodes } from './nodes.ts';
import { makeRows, type Round } from './ratios.ts';
import { findRevision, type Revision } from './revision.ts';
import { measuredIn, namesIn } from './sides.ts';
import { makeTable } from './table.ts';

/** How often each process runs a contender. */
const RUNS = 5;

/** What ends a program from outside, and the exit code that it then has. */
const endings = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Ending = keyof typeof endings;

/** Runs a function with a signal that says when the user wants it to end, so that it can tidy up. */
const interruptible = async (f: (signal: AbortSignal) => Promise<number>): Promise<number> => {
  const controller = new AbortController();
  const handlers = (Object.keys(endings) as readonly Ending[]).map((name) => {
    const handler = (): void => controller.abort(name);
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    return await f(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return endings[controller.signal.reason as Ending];
    console.error(`bench: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    for (const remove of handlers) remove();
  }
};

/** Without `--only`, what runs on this library: TensorFlow.js and jax-js are the same on both sides. */
const chooseNames = (contenders: readonly Contender[], only: readonly string[]): readonly string[] =>
  contenders
    .filter((each) => (only.length === 0 ? each.kernels : wanted(only)(each)))
    .map(({ name }) => name);

/** The rounds of each Node, in turn. */
const roundsOf = async (
  nodes: readonly NodeVersion[],
  count: number,
  side: (node: NodeVersion, build: 'revision' | 'this') => Promise<Round['here']>,
  onProgress: (text: string) => void,
): Promise<ReadonlyMap<NodeVersion, readonly Round[]>> => {
  const found = new Map<NodeVersion, readonly Round[]>(nodes.map((node) => [node, []]));
  for (let round = 1; round <= count; round++) {
    for (const node of nodes) {
      onProgress(`round ${round} of ${count}, Node ${node.version}`);
      const next = {
        before: await side(node, 'revision'),
        here: await side(node, 'this'),
        after: await side(node, 'revision'),
      };
      found.set(node, [...found.get(node)!, next]);
    }
  }
  onProgress('');
  return found;
};

const measured = async (
  revision: Revision,
  chosen: readonly string[],
  contenders: readonly Contender[],
  { rounds: count, json, threads, nodes: wantedNodes }: Options,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<number> =>
  withNodes(wantedNodes, signal, onProgress, (nodes) =>
    withCheckout(revision, signal, onProgress, async (folder) => {
      const before = machine();
      const known = await namesIn(folder, signal);
      const common = chosen.filter((name) => known.includes(name));
      const added = chosen.filter((name) => !known.includes(name));
      const rounds = await roundsOf(
        nodes,
        common.length > 0 ? count : 0,
        (node, build) => measuredIn(node, build === 'this' ? '.' : folder, RUNS, threads, common, signal),
        onProgress,
      );
      const names = contenders
        .filter(({ name }) => common.includes(name))
        .flatMap(onThreads(threads))
        .map(({ name }) => name);
      const rows = names.flatMap((name) =>
        nodes.flatMap((node) =>
          makeRows([name], rounds.get(node)!).map((row) =>
            nodes.length > 1 ? { ...row, name: `${name}, Node ${node.version}` } : row,
          ),
        ),
      );
      console.log(
        [
          `${describeMachine(before)}\n`,
          ...(common.length > 0 ? [makeTable(rows, revision.name)] : []),
          ...added.map((name) => `${name}: new, ${revision.name} has no such row`),
        ].join('\n'),
      );
      const result = {
        date: new Date().toISOString(),
        command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
        machine: { ...before, loadAfter: machine().load },
        nodes: nodes.map(({ version }) => version),
        against: { name: revision.name, commit: revision.commit },
        ...{ rounds: count, runs: RUNS, rows, added },
      };
      writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
      console.log(`\nAs JSON: ${json}`);
      return rows.some((row) => 'failure' in row) ? 1 : 0;
    }),
  );

/**
 * Measures this build beside a revision, which is built in a temporary folder. In each round there are three processes one
 * after another: the revision's, this build's, the revision's again.
 *
 * @returns the exit code: 0 whatever is slower, 1 if something could not be measured, 2 if there is no such revision
 */
export const compareWithRevision = async (
  name: string,
  options: Options,
  contenders: readonly Contender[],
  onProgress: (text: string) => void,
): Promise<number> => {
  const revision = await findRevision(name, '.');
  if (E.isLeft(revision)) {
    console.error(`bench: ${revision.left}`);
    return 2;
  }
  const chosen = chooseNames(contenders, options.only);
  return interruptible((signal) => measured(revision.right, chosen, contenders, options, signal, onProgress));
};

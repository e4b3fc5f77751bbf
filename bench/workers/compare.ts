import { parallel, tree } from 'tfjs-bayesian';
import { groupName, wanted } from '../contender.ts';
import type { Options } from '../options.ts';
import { makeTable, type Row, UNIT } from '../results.ts';
import { digits, table } from '../table.ts';
import { cutBy, PART, shardCount, type Timelines, workerContenders } from './contenders.ts';
import { trained } from './jobs.ts';
import { divided, type Measured, scalingTable } from './scaling.ts';
import type { Spans } from './timeline.ts';
import { costTable, workerCosts } from './workerCost.ts';

/** The spans of a contender, in the order in which they come. */
const spanNames = ['before', 'there', 'busy', 'between', 'back', 'after', 'busyInAll'] as const;

type AllSpans = Readonly<Record<string, Spans>>;

const spanTable = (spans: AllSpans): string =>
  table(
    ['name', 'before', 'there', 'busy', 'between', 'back', 'after', 'busy in all'],
    Object.entries(spans).map(([name, each]) => [name, ...spanNames.map((span) => digits(each[span]))]),
  );

/** What is calculated from, for the rows that were measured on `most` workers. */
const calculated = (rows: readonly Row[], spans: AllSpans, most: number): readonly Measured[] => {
  const time = (name: string): number => rows.find((row) => row.name === name)?.median ?? Number.NaN;
  const size = tree.reduce((all, { size }) => all + size, 0);
  const sizes = Object.fromEntries(
    Object.entries(trained).map(([name, { init }]) => {
      const params: unknown = init();
      const found = size(params);
      tree.dispose(params);
      return [name, found];
    }),
  );
  const perShard = (time(`idle${most + 6}/${most}`) - time(`idle${most}/${most}`)) / 6;
  const predictions = ['predict100', 'outputs100'].map((name) => {
    const { busy = Number.NaN, busyInAll = Number.NaN } = spans[`${name}/${most}`] ?? {};
    const serial = time(`${name}/${most}`) - busy;
    const work = { fixed: 0, divisible: busyInAll };
    return { name, ours: time(`${name}/ours`), serial, shards: most, perShard: 0, ...work };
  });
  const trainings = Object.entries(cutBy).map(([name, by]) => {
    const { busy = Number.NaN, busyInAll = Number.NaN } = spans[`${name}/${most}`] ?? {};
    const serial = time(`${name}/${most}`) - busy;
    const shards = shardCount(by, most);
    const work = divided(time(`${name}/part`), time(`${name}/whole`), PART[by], busyInAll, shards);
    const share = sizes[name]! / sizes.step!;
    return { name, ours: time(`${name}/ours`), serial, shards, perShard: share * perShard, ...work };
  });
  return [...trainings, ...predictions].filter(({ serial }) => Number.isFinite(serial));
};

const readSpans = (timelines: Timelines): AllSpans =>
  Object.fromEntries([...timelines].map(([name, { spans }]) => [name, spans()]));

/**
 * Measures the rows on each number of workers beside this thread, prints what was found, and returns it.
 *
 * @param measure measures contenders in turn
 */
export const compareWorkers = async (
  { workers, rounds, only }: Options,
  measure: (
    contenders: ReturnType<typeof workerContenders>['contenders'],
    rounds: number,
  ) => Promise<readonly Row[]>,
) => {
  const costs = await workerCosts(workers);
  console.log(`Start-up and memory of workers, each number in a process of its own\n\n${costTable(costs)}\n`);
  const runners = new Map(workers.map((size) => [size, parallel.threads({ size })]));
  try {
    const { contenders, timelines } = workerContenders(runners);
    const chosen = contenders.filter(
      (each) => each.name === UNIT || groupName(each.name).startsWith('idle') || wanted(only)(each),
    );
    const rows = await measure(chosen, rounds);
    console.log(`${makeTable(rows)}\n`);
    const spans = readSpans(timelines);
    console.log(`Where the time of a run goes, medians in ms\n\n${spanTable(spans)}\n`);
    const scaling = calculated(rows, spans, Math.max(...workers));
    console.log(
      `On more cores: a calculation, not a measurement: serial + a shard more x (cores - shards) + fixed + divisible / cores\n\n${scalingTable(scaling)}`,
    );
    return { rounds, workers, costs, rows, spans, scaling };
  } finally {
    await Promise.all([...runners.values()].map(({ close }) => close()));
  }
};

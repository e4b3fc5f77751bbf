import * as tf from '@tensorflow/tfjs-core';
import { adam, categorical, parallel, random, trainStep, tree } from 'tfjs-bayesian';
import type { LossParts } from 'tfjs-bayesian/transforms';
import type { Contender, Run } from '../contender.ts';
import { unit } from '../contenders.ts';
import { sequences } from '../encoder/problem.ts';
import { predicting, type Rows } from '../ours.ts';
import { figureOne, LEARNING_RATE, makeBatch } from '../problem.ts';
import * as jobs from './jobs.ts';
import { type Timeline, timeline } from './timeline.ts';

const optimizer = adam({ learningRate: LEARNING_RATE });

/** A training, and how its steps are shared out. */
interface Trained<P, R extends LossParts> {
  readonly name: string;
  readonly job: parallel.LossJob<P, Rows, R>;
  readonly init: () => P;
  readonly batch: () => Rows;
  readonly shards: parallel.Shards;
}

/** Runs the steps of a training, whose state it keeps. */
const stepper = <P, R extends LossParts, S>(
  { init, update }: ReturnType<typeof parallel.parallelStep<P, Rows, R, S>>,
  first: () => P,
  batch: Rows,
): (() => Promise<void>) => {
  const params = first();
  let state = init(params, random.key(3));
  tree.dispose(params);
  return async () => {
    const { state: next, parts } = await update(state, batch, { donate: true });
    state = next;
    const [loss] = parts.loss.dataSync();
    tree.dispose(parts);
    if (!Number.isFinite(loss)) throw new Error('the loss is not finite');
  };
};

/** What the workers of a run have noted, by the name of the contender. */
export type Timelines = Map<string, Timeline>;

/** A contender on workers, whose runs are noted. */
const noted =
  (
    timelines: Timelines,
    name: string,
    runner: parallel.Runner,
    start: (runner: parallel.Runner) => () => Promise<void>,
  ) =>
  (): Run => {
    const line = timeline(runner);
    timelines.set(name, line);
    const run = start(line.runner);
    return () => line.run(run);
  };

const contender = (name: string, start: Contender['start']): Contender => ({ name, kernels: true, start });

/** Runners by their number of threads. */
export type Runners = ReadonlyMap<number, parallel.Runner>;

/** A training in this thread, and on each number of workers. */
const training = <P, R extends LossParts>(
  { name, job, init, batch, shards }: Trained<P, R>,
  runners: Runners,
  timelines: Timelines,
): readonly Contender[] => [
  contender(`${name}/ours`, () => {
    const { init: first, update } = trainStep(job.loss, optimizer);
    const step = {
      optimizer,
      init: first,
      update: async (...args: Parameters<typeof update>) => update(...args),
    };
    return stepper(step, init, batch());
  }),
  ...[...runners].map(([workers, runner]) =>
    contender(
      `${name}/${workers}`,
      noted(timelines, `${name}/${workers}`, runner, (own) =>
        stepper(parallel.parallelStep(job, optimizer, { shards, runner: own }), init, batch()),
      ),
    ),
  ),
];

/** A prediction with 100 draws, in this thread and on each number of workers. */
const prediction = (
  name: 'predict100' | 'outputs100',
  runners: Runners,
  timelines: Timelines,
): readonly Contender[] => {
  const problem = { ...figureOne, samples: 100 };
  const job = name === 'predict100' ? jobs.predict : jobs.outputs;
  const chunk = Math.ceil(problem.samples / Math.max(...runners.keys()));
  const options = { likelihood: categorical(), samples: problem.samples, chunk };
  return [
    contender(`${name}/ours`, () => predicting(name === 'predict100' ? 'weights' : 'outputs')(problem)),
    ...[...runners].map(([workers, runner]) =>
      contender(
        `${name}/${workers}`,
        noted(timelines, `${name}/${workers}`, runner, (own) => {
          const params = jobs.model.init(random.key(2));
          const { inputs } = makeBatch(problem);
          const predicted = parallel.parallelPredict(job, { ...options, runner: own });
          return async () => {
            const found = await predicted(params, random.key(4), inputs);
            found.mean.dataSync();
            tree.dispose(found);
          };
        }),
      ),
    ),
  ];
};

/** What each training is cut by. Samples share the products of `closed`'s first layer, so its rows are cut. */
export const cutBy = { step: 'samples', closed: 'rows', encoder: 'samples', conv: 'samples' } as const;

/** The share of the samples, and of the rows, in the contender `part`. */
export const PART = { samples: 1 / 10, rows: 1 / 8 } as const;

const SAMPLES = figureOne.samples;

/** The number of shards for a number of workers. */
export const shardCount = (by: 'samples' | 'rows', workers: number): number =>
  by === 'samples' ? Math.min(workers, SAMPLES) : workers;

/** Loss and gradient of a part and of the whole, in this thread: what of a shard does not shrink with it. */
const partAndWhole = <P, R extends LossParts>(
  { name, job, init }: Trained<P, R>,
  of: { readonly part: Rows; readonly whole: Rows; readonly samples: number },
): readonly Contender[] =>
  (['part', 'whole'] as const).map((which) =>
    contender(`${name}/${which}`, () => {
      const samples = [0, which === 'part' ? of.samples : SAMPLES] as const;
      const config = { params: init(), batch: of[which], key: random.key(4), step: 0, weight: 1, samples };
      const context = { log: () => {} } as unknown as parallel.JobContext;
      return async () => {
        const { parts, gradient } = await job.run(config, config.key, context);
        parts.loss.dataSync();
        tree.dispose([parts, gradient]);
      };
    }),
  );

/** The contenders for some numbers of workers, and where their runs are noted. */
export const workerContenders = (
  runners: Runners,
): { readonly contenders: readonly Contender[]; readonly timelines: Timelines } => {
  const timelines: Timelines = new Map();
  const most = Math.max(...runners.keys());
  const { trained } = jobs;
  const batch = () => makeBatch(figureOne);
  const step = { name: 'step' as const, job: jobs.step, ...trained.step, batch };
  const all = <P, R extends LossParts>(
    each: Omit<Trained<P, R>, 'shards'> & { readonly name: keyof typeof cutBy },
  ): readonly Contender[] => {
    const by = cutBy[each.name];
    const whole = each.batch();
    const rows = Math.round((whole.targets.shape[0] ?? 1) * PART.rows);
    const part = by === 'rows' ? tree.map((x) => tf.slice(x, 0, rows))(whole) : whole;
    const own = { ...each, shards: { [by]: shardCount(by, most) } };
    return [
      ...training(own, runners, timelines),
      ...partAndWhole(own, { part, whole, samples: by === 'samples' ? SAMPLES * PART.samples : SAMPLES }),
    ];
  };
  const grown = [...runners].flatMap(([workers, runner]) =>
    training(
      {
        ...step,
        name: `rows${workers}`,
        batch: () => makeBatch({ ...figureOne, batch: workers * figureOne.batch }),
        shards: { rows: workers },
      },
      new Map([[workers, runner]]),
      timelines,
    ),
  );
  const idle = (samples: number) => ({
    ...{ name: `idle${samples}`, job: jobs.idle, init: trained.step.init, batch, shards: { samples } },
  });
  return {
    timelines,
    contenders: [
      unit,
      ...all(step),
      ...all({ name: 'closed', job: jobs.closed, ...trained.closed, batch }),
      ...prediction('predict100', runners, timelines),
      ...prediction('outputs100', runners, timelines),
      ...all({ name: 'encoder', job: jobs.encoder, ...trained.encoder, batch: sequences }),
      ...all({ name: 'conv', job: jobs.conv, ...trained.conv, batch }),
      ...grown,
      ...training(idle(most), runners, timelines),
      ...training(idle(most + 6), runners, timelines).filter(({ name }) => name.endsWith(`/${most}`)),
    ],
  };
};

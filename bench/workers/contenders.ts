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
  const options = { likelihood: categorical(), samples: problem.samples };
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

/** The loss and gradient of one sample and of all, in this thread: what of a shard does not shrink with it. */
const shards = <P, R extends LossParts>({ name, job, init, batch }: Trained<P, R>): readonly Contender[] =>
  [1, 10].map((samples) =>
    contender(`${name}/samples${samples}`, () => {
      const config = { params: init(), batch: batch(), key: random.key(4), step: 0, weight: 1 };
      return async () => {
        const { parts, gradient } = await job.run({ ...config, samples: [0, samples] }, config.key, {
          ...({} as parallel.JobContext),
          log: () => {},
        });
        parts.loss.dataSync();
        tree.dispose([parts, gradient]);
      };
    }),
  );

/** The samples of a step. */
const SAMPLES = 10;

/** The contenders for some numbers of workers, and where their runs are noted. */
export const workerContenders = (
  runners: Runners,
): { readonly contenders: readonly Contender[]; readonly timelines: Timelines } => {
  const timelines: Timelines = new Map();
  const most = Math.max(...runners.keys());
  const bySamples = { samples: Math.min(most, SAMPLES) };
  const { trained } = jobs;
  const batch = () => makeBatch(figureOne);
  const step = { name: 'step', job: jobs.step, ...trained.step, batch, shards: bySamples };
  const all = <P, R extends LossParts>(each: Trained<P, R>) => [
    ...training(each, runners, timelines),
    ...shards(each),
  ];
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
      ...all({ name: 'closed', job: jobs.closed, ...trained.closed, batch, shards: bySamples }),
      ...prediction('predict100', runners, timelines),
      ...prediction('outputs100', runners, timelines),
      ...all({ name: 'encoder', job: jobs.encoder, ...trained.encoder, batch: sequences, shards: bySamples }),
      ...all({ name: 'conv', job: jobs.conv, ...trained.conv, batch, shards: bySamples }),
      ...grown,
      ...training(idle(most), runners, timelines),
      ...training(idle(most + 6), runners, timelines).filter(({ name }) => name.endsWith(`/${most}`)),
    ],
  };
};

import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { defaultSamples, modelSampler } from '../training/modelSampler.ts';
import { type Prediction, type PredictOptions, predictionPlan, predictNames } from '../training/predict.ts';
import type { RowsPrediction } from '../training/rowsPrediction.ts';
import { DEFAULT_MEMORY } from '../training/sampleGroup.ts';
import type { Model } from '../transforms/index.ts';
import { checkedModel, type NotBayesian } from '../transforms/modelArgument.ts';
import { dispose, leaves, tidied } from '../tree/index.ts';
import { lazyInput } from './encodedInput.ts';
import { inline } from './inline.ts';
import { assertJob, type Job, job } from './job.ts';
import { missingOutcome, sharesMemory, valueIn } from './outcomes.ts';
import { assertRunner, type CommonMapOptions, commonMapNames, type Runner } from './runner.ts';
import { allot, shareTree } from './sharedMemory.ts';

/** Some weight samples of a model, on some rows. */
export interface OutputsRequest<P, F extends Forward> {
  readonly params: P;
  readonly key: Key;
  /** The numbers of the samples, as `predict` counts them. */
  readonly samples: readonly number[];
  readonly inputs: Parameters<F>;
}

/** A job that runs a model, for `parallelPredict`. */
export interface PredictionJob<P, F extends Forward> extends Job<OutputsRequest<P, F>, ReturnType<F>> {
  readonly model: Model<P, F>;
}

/**
 * Makes the job with which `parallelPredict` runs a model elsewhere. As every job, it must be exported under its name by its
 * module, which makes the model.
 *
 * @param module `import.meta.url` of the module that exports the job
 * @param name the name under which the module exports it
 * @throws Error if an argument is not of its kind
 * @example
 * const outputs = parallel.predictionJob(import.meta.url, 'outputs', model);
 */
export const predictionJob = <P, F extends Forward>(
  module: string,
  name: string,
  model: Model<P, F> | NotBayesian,
): PredictionJob<P, F> => {
  const checked = checkedModel('parallel.predictionJob: model', model);
  const run = ({ params, key, samples, inputs }: OutputsRequest<P, F>): ReturnType<F> =>
    tidied(() => modelSampler(checked, samples.length)(params, key).outputs(samples, inputs));
  return Object.freeze({ ...job(module, name, run), model: checked });
};

/** Options of `parallelPredict`: those of `predict`, and of a runner's `map`. */
export interface ParallelPredictOptions<
  Y,
  T = never,
  L extends T | undefined = undefined,
  C extends Tensor | undefined = undefined,
  Q extends readonly number[] | undefined = undefined,
  I extends number | undefined = undefined,
> extends PredictOptions<Y, T, L, C, Q, I>,
    Omit<CommonMapOptions, 'key'> {
  /** Where the model runs; default `inline()`. The caller closes it. */
  readonly runner?: Runner;
}

const optionNames = (): OptionNames<ParallelPredictOptions<unknown>> => {
  const { key: _, ...names } = commonMapNames();
  return { ...predictNames, ...names, runner: true };
};

/** Into how many groups the samples are cut unless options say otherwise, for some rows each. */
const GROUPS = 8;

/** The largest number of groups whose outputs wait to be accumulated. */
const AHEAD = 16;

/**
 * `predict` on other threads or machines: groups of samples and rows are shared out, and their outputs accumulated here in
 * order. The result has the same bits whatever runs it, and those of `predict` with the same `chunk` or `memory` on the same
 * backend. By default the samples for `batchSize` rows are in eight groups, or more if `predict` would hold fewer at once. With
 * few large ones less is computed twice, as `localReparametrization`'s first products are; small ones share out evenly.
 *
 * Parameters are in memory that threads share, where there is any; else they are sent with each group. So this pays if a
 * group takes longer than a copy of them: not for a small network.
 *
 * @throws Error for an invalid argument, as `predict`; as a rejection, for a group that fails after all attempts, whose
 * `cause` is the failure, and where the runner's `map` does
 * @example
 * const outputs = parallel.predictionJob(import.meta.url, 'outputs', model);
 * const options = { likelihood: categorical(), samples: 20 };
 * const run = parallel.parallelPredict(outputs, options);
 * const { mean } = await run(params, random.key(1), testImages);
 * console.log(mean.shape); // [50, 10]
 */
export const parallelPredict = <
  P,
  F extends Forward,
  T,
  L extends T | undefined = undefined,
  C extends Tensor | undefined = undefined,
  Q extends readonly number[] | undefined = undefined,
  I extends number | undefined = undefined,
>(
  of: PredictionJob<P, F>,
  options: ParallelPredictOptions<ReturnType<F>, T, L, C, Q, I>,
): ((params: P, key: Key, ...inputs: Parameters<F>) => Promise<Prediction<L, C, Q, I>>) => {
  const fn = 'parallel.parallelPredict';
  assertJob(`${fn}: job`, of);
  const model = checkedModel(`${fn}: job.model`, of.model);
  const given = knownOptions(fn, options, optionNames());
  const {
    runner = inline(),
    signal,
    attempts,
    timeout,
    onProgress,
    samples = defaultSamples(model, given),
    ...rest
  } = given;
  assertRunner(`${fn}: runner`, runner);
  positiveInteger(`${fn}: samples`, samples);
  const isAsked = rest.chunk !== undefined || rest.memory !== undefined;
  const groups = isAsked ? {} : { chunk: Math.ceil(samples / GROUPS), memory: DEFAULT_MEMORY };
  const planned = predictionPlan<P, F, T>(fn, model, { ...rest, ...groups });
  const sampler = modelSampler(model, samples);
  const mapOptions = Object.fromEntries(
    Object.entries({ signal, attempts, timeout, onProgress }).filter(([, value]) => value !== undefined),
  );
  return (params, key, ...inputs) => {
    const { groups, rows, finish } = planned(key, inputs)(sampler(params, key));
    const own = new Set(leaves(inputs));
    const memory = sharesMemory(runner) ? allot([params]) : undefined;
    const sent = { params };
    const requests = rows.flatMap((some) =>
      groups.map((those) =>
        lazyInput<OutputsRequest<P, F>>(
          () => ({ params: sent.params, key, samples: those, inputs: some.inputs() }),
          (made) => leaves(made.inputs).filter((tensor) => !own.has(tensor)),
        ),
      ),
    );
    const outcomes = runner.map(of, requests, { ...mapOptions, key, ahead: AHEAD });
    const read = async (): Promise<unknown> => {
      const parts: RowsPrediction[] = [];
      const state: { position: number; known: unknown } = { position: 0, known: undefined };
      try {
        if (memory !== undefined) sent.params = await shareTree(params, memory.arrays[0]!);
        for await (const outcome of outcomes) {
          const outputs = valueIn(fn, 'group', outcome, state.position).value;
          const block = rows[Math.floor(state.position / groups.length)]!;
          const group = state.position % groups.length;
          try {
            if (group === 0) state.known = block.zero();
            state.known = block.add(state.known, groups[group]!, () => outputs);
          } finally {
            dispose(outputs);
          }
          if (group === groups.length - 1) {
            parts.push(block.finish(state.known));
            state.known = undefined;
          }
          state.position++;
        }
        if (parts.length < rows.length) throw missingOutcome(fn, state.position);
        const result = tidied(() => finish(parts));
        const kept = new Set(leaves(result));
        dispose(leaves(parts).filter((tensor) => !kept.has(tensor)));
        return result;
      } catch (error) {
        dispose([state.known, parts]);
        throw error;
      }
    };
    return read() as Promise<Prediction<L, C, Q, I>>;
  };
};

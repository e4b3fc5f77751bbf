/**
 * Jobs that run on all cores or on many machines, with the same numbers from the same key.
 *
 * @module
 */

export { type ArrayIndexOptions, arrayIndex } from './arrayIndex.ts';
export { type CollectOptions, collect } from './collect.ts';
export { type CrossValidateOptions, crossValidate, type Fold } from './crossValidate.ts';
export { inline } from './inline.ts';
export { type Job, type JobContext, job, type Scratch } from './job.ts';
export {
  type LossFunction,
  type LossJob,
  type LossRequest,
  type LossResult,
  lossJob,
  type SampledLoss,
} from './lossJob.ts';
export {
  type OutputsRequest,
  type ParallelPredictOptions,
  type PredictionJob,
  parallelPredict,
  predictionJob,
} from './parallelPredict.ts';
export { type ParallelStepOptions, parallelStep } from './parallelStep.ts';
export { type QueueOptions, queue } from './queue/queue.ts';
export type { RedisConnection } from './queue/redis.ts';
export { type QueueWorker, type WorkOptions, work } from './queue/work.ts';
export type { JobFailure, JobProgress, JobResult, MapOptions, Outcome, Runner } from './runner.ts';
export { serve } from './serve.ts';
export type { Shards } from './shards.ts';
export { type Grid, type Sampler, type Space, sampler } from './space.ts';
export { type SweepOptions, type SweepRow, sweep } from './sweep.ts';
export { type Cell, table } from './table.ts';
export { type ThreadsOptions, threads } from './threads.ts';
export { type TrainedMembers, type TrainMembersOptions, trainMembers } from './trainMembers.ts';

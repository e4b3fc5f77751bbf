import type { BackendName, UseBackendOptions } from '../backend/index.ts';
import type { Encoded } from './encode.ts';
import type { Ended, Task } from './runTask.ts';

/** How a worker is set up before its first job. */
export interface WorkerSetup {
  readonly backend: BackendName | 'auto';
  readonly backendOptions: UseBackendOptions;
  readonly kernels: boolean;
  /** What `thisVersion` must be there; `undefined` if any will do. */
  readonly version: string | undefined;
}

/** What a worker is asked to do. */
export interface WorkerRequest {
  readonly module: string;
  readonly name: string;
  readonly task: Task;
  readonly setup: WorkerSetup;
}

/** What a worker answers; `Refused` if no input of the job can run there. */
export type WorkerAnswer = Ended | { readonly _tag: 'Refused'; readonly message: string };

/** What a worker reports while a job runs. */
export type WorkerEvent =
  | { readonly _tag: 'Started' }
  | { readonly _tag: 'Progress'; readonly value: Encoded }
  | { readonly _tag: 'Log'; readonly line: string }
  | { readonly _tag: 'Saved'; readonly value: Encoded }
  /** An aborted job has ended by itself. */
  | { readonly _tag: 'Ended' };

/** The method of a worker that runs a job. */
export const METHOD = 'run';

/** A pool of workers, as far as it is used here. */
export interface Pool {
  readonly exec: (
    method: string,
    parameters: readonly unknown[],
    options: { readonly on: (event: WorkerEvent) => void; readonly transfer: readonly ArrayBuffer[] },
  ) => PromiseLike<WorkerAnswer> & { readonly cancel: () => unknown };
  readonly terminate: (force: boolean, timeout: number) => PromiseLike<unknown>;
}

/** What a method of a worker is called on. */
export interface Abortable {
  readonly worker: { readonly addAbortListener: (listener: () => Promise<void>) => void };
}

/** The package workerpool, as far as it is used here. */
export interface WorkerPool {
  readonly pool: (script: string, options: Readonly<Record<string, unknown>>) => Pool;
  readonly worker: (
    methods: Readonly<Record<string, (this: Abortable, request: WorkerRequest) => Promise<unknown>>>,
    options: { readonly abortListenerTimeout: number },
  ) => void;
  readonly workerEmit: (event: WorkerEvent) => void;
  readonly Transfer: new (message: unknown, transfer: readonly ArrayBuffer[]) => object;
}

/**
 * Loads workerpool, and only when there are workers. It is one library for worker threads of Node and for Web Workers, without
 * dependencies, with transfer of memory, events and the end of a running task; piscina and tinypool are for Node alone, and
 * would need a pool of our own beside them.
 */
export const workerPool = async (): Promise<WorkerPool> => {
  const module = (await import('workerpool')) as unknown as WorkerPool & { readonly default?: WorkerPool };
  // CommonJS, whose names Node finds and bundlers put into `default`.
  return { ...module.default, ...module };
};

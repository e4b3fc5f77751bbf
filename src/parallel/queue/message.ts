import type { BackendName } from '../../backend/index.ts';
import type { Simd } from '../../kernels/wasm/simd.ts';
import type { KeyData } from '../../random/index.ts';
import type { Parcel } from './parcel.ts';

/** The name and version of the format. */
export const FORMAT = 'tfjs-bayesian/attempt/1';

/** One attempt at one input, as it is in the queue. Its job goes by the name alone: no path comes from there. */
export interface AttemptData {
  readonly format: typeof FORMAT;
  readonly input: number;
  readonly attempt: number;
  readonly key: KeyData;
  readonly config: Parcel;
  /** What an earlier attempt, or an earlier worker at this one, saved. */
  readonly scratch?: Parcel;
  readonly timeout?: number;
  readonly backend: BackendName;
  readonly kernels: boolean;
  /** The build of the kernels for wasm. */
  readonly simd: Simd;
  /** What `thisVersion` must be at the worker; if there is none, any will do. */
  readonly version?: string;
}

/** How an attempt ended, as the worker says it. */
export type Answer =
  | { readonly _tag: 'Done'; readonly value: Parcel; readonly build: string }
  | { readonly _tag: 'Threw'; readonly message: string; readonly stack?: string }
  | { readonly _tag: 'WorkerDied' | 'TimedOut'; readonly message: string };

/** Whether data in the queue is an attempt of ours, and not somebody else's job. */
export const isAttempt = (data: unknown): data is AttemptData =>
  typeof data === 'object' && data !== null && 'format' in data && data.format === FORMAT;

/** The start of the reason of an attempt that a worker refused; the whole run is then refused. */
export const REFUSED = 'refused: ';

/** The reason of an attempt that its caller stopped. */
export const STOPPED = 'stopped by its caller';

/** The event by which a caller stops an attempt. */
export const STOP = 'stop';

import { invalidArgument, type OptionNames, optionalOptions, type Schedule } from '../check/index.ts';
import { isDifferentiating } from '../ops/engine.ts';
import { isRecording } from '../ops/recording.ts';
import type { Key } from '../random/index.ts';
import { isMapping } from '../vmap/state.ts';
import { recorded } from './recorded.ts';
import { type LossParts, ownGradient, valueAndGrad } from './valueAndGrad.ts';

/** Options of `compile`. */
export interface CompileOptions {
  /** Called with why the function cannot be recorded, once for each reason; default `console.warn`. */
  readonly onFallback?: (reason: string) => void;
}

const optionNames: OptionNames<CompileOptions> = { onFallback: true };

/** What a compiled function has done. */
export interface CompileReport {
  /** The recordings that it holds. */
  readonly recordings: number;
  /** The calls that were replayed. */
  readonly replays: number;
  /** The bytes that the recordings hold between calls: on WebGPU those of a call each, on wasm those of constants. */
  readonly bytes: number;
  /** Why the function was run instead, the last time that it could not be recorded. */
  readonly fallback: string | undefined;
}

/** What every compiled function has. */
interface Recordings {
  readonly report: () => CompileReport;
  /** Frees what the recordings hold. The function can still be used, and is recorded anew. */
  readonly dispose: () => void;
}

/** A loss that is recorded and replayed. */
export interface Compiled<P, B, R> extends Recordings {
  (params: P, key: Key, batch: B, step?: number): R;
  /** The temperature of the loss that was compiled. */
  readonly temperature?: number | Schedule;
}

/** A function, such as a prediction, that is recorded and replayed. */
export interface CompiledFunction<P, X extends readonly unknown[], Y> extends Recordings {
  (params: P, key: Key, ...inputs: X): Y;
}

const temperatureOf = (loss: object): number | Schedule | undefined =>
  'temperature' in loss ? (loss.temperature as number | Schedule) : undefined;

type Given = readonly unknown[];

/** A function of a list of inputs, and perhaps the number of the step behind them. */
const ofList =
  <P, Y>(f: (params: P, key: Key, ...inputs: Given) => Y) =>
  (params: P, key: Key, inputs: Given, step?: number): Y =>
    step === undefined ? f(params, key, ...inputs) : f(params, key, ...inputs, step);

/**
 * A loss or a prediction whose kernels are recorded on wasm and WebGPU, and replayed, as by `jax.jit`: when it is called for the
 * second time with parameters and inputs of the same shapes and dtypes, its kernels, with those of a loss's gradient in
 * `trainStep` and `valueAndGrad`, are written down. From then on they run one after the other, or are handed to the GPU in one
 * piece, without TensorFlow.js's bookkeeping, `vmap` and the tape. The results are the same numbers. On cpu the function just
 * runs.
 *
 * The function has to be pure: what it computes may depend on the parameters, the key and the inputs alone, and a loss not on the
 * number of the step. Tensors and numbers that it closes over are constants. It is run twice for a recording, with two keys, and
 * if anything but the words of keys differs, or it reads values or draws numbers in JavaScript (`random.permutation`,
 * `random.gamma`), or its temperature is a schedule, it is run as it is, and `onFallback` is called. It is run as it is, too,
 * while kernels are profiled, in debug mode, and inside `vmap` or another differentiation.
 *
 * On WebGPU a recording holds the memory of one call, on wasm only that of constants. It lasts until `dispose`; at most four of the
 * function and four of its gradient are held, the latest, for inputs of different sizes.
 *
 * @throws Error if `f` is not a function, or is compiled already
 * @example
 * const compiled = compile(loss);
 * const step = trainStep(compiled, adam({ learningRate: 1e-3 }));
 * const first = step.init(params, random.key(0));
 * const { state } = step.update(first, { inputs: images, targets: labels });
 * compiled.dispose();
 *
 * const predicted = compile(predict(model, { likelihood: categorical() }));
 * const { mean } = predicted(state.params, random.key(1), images);
 */
export function compile<P, B, R extends LossParts>(
  f: (params: P, key: Key, batch: B) => R,
  options?: CompileOptions,
): Compiled<P, B, R>;
export function compile<P, X extends readonly unknown[], Y>(
  f: ((params: P, key: Key, ...inputs: X) => Y) & (Y extends LossParts ? never : unknown),
  options?: CompileOptions,
): CompiledFunction<P, X, Y>;
export function compile<P, Y>(
  f: (params: P, key: Key, ...inputs: readonly unknown[]) => Y,
  options?: CompileOptions,
) {
  if (typeof f !== 'function')
    invalidArgument('compile: f', 'a function of (params, key, batch) or (params, key, ...inputs)', f);
  if (ownGradient in f) invalidArgument('compile: f', 'one that is not compiled already', f);
  const { onFallback = console.warn } = optionalOptions('compile', options, optionNames);
  if (typeof onFallback !== 'function')
    invalidArgument('compile: onFallback', 'a function of a reason', onFallback);
  const temperature = temperatureOf(f);
  const reasons = new Set<string>();
  let last: string | undefined;
  const fallback = (reason: string): void => {
    last = reason;
    if (reasons.has(reason)) return;
    reasons.add(reason);
    onFallback(`compile: the function is run as it is, not recorded: ${reason}`);
  };
  const compiled = <Y>(g: (params: P, key: Key, ...inputs: Given) => Y) => {
    const plain = ofList(g);
    const { run, report, dispose } = recorded(plain, fallback);
    const call = (params: P, key: Key, inputs: Given, step?: number): Y => {
      const isScheduled = typeof temperature === 'function';
      if (isScheduled) fallback('its temperature is a schedule, and changes from step to step');
      const takesStep = step !== undefined && f.length > 3;
      if (takesStep) fallback('it takes the number of the step');
      const isPlain = isScheduled || takesStep || isDifferentiating() || isMapping() || isRecording();
      return (isPlain ? plain : run)(params, key, inputs, step);
    };
    return { call, report, dispose };
  };
  const value = compiled(f);
  const gradient = compiled(valueAndGrad(f as (params: P, ...rest: Given) => LossParts));
  return Object.assign((params: P, key: Key, ...inputs: Given): Y => value.call(params, key, inputs), {
    ...(temperature !== undefined && { temperature }),
    [ownGradient]:
      (step?: number) =>
      (params: P, key: Key, ...inputs: Given) =>
        gradient.call(params, key, inputs, step),
    report: (): CompileReport => {
      const [a, b] = [value.report(), gradient.report()];
      return {
        recordings: a.recordings + b.recordings,
        replays: a.replays + b.replays,
        bytes: a.bytes + b.bytes,
        fallback: last,
      };
    },
    dispose: (): void => {
      value.dispose();
      gradient.dispose();
    },
  });
}

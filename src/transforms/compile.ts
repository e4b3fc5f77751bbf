import { invalidArgument, type OptionNames, optionalOptions, type Schedule } from '../check/index.ts';
import { isDifferentiating } from '../ops/engine.ts';
import { isRecording } from '../ops/recording.ts';
import type { Key } from '../random/index.ts';
import { isMapping } from '../vmap/state.ts';
import { recorded } from './recorded.ts';
import { type LossParts, ownGradient, valueAndGrad } from './valueAndGrad.ts';

/** Options of `compile`. */
export interface CompileOptions {
  /** Called with why the loss cannot be recorded, once for each reason; default `console.warn`. */
  readonly onFallback?: (reason: string) => void;
}

const optionNames: OptionNames<CompileOptions> = { onFallback: true };

/** What a compiled loss has done. */
export interface CompileReport {
  /** The recordings that it holds. */
  readonly recordings: number;
  /** The calls that were replayed. */
  readonly replays: number;
  /** The bytes that the recordings hold between calls: on WebGPU those of a step each, on wasm those of a loss's constants. */
  readonly bytes: number;
  /** Why the loss was run instead, the last time that it could not be recorded. */
  readonly fallback: string | undefined;
}

/** A loss that is recorded and replayed. */
export interface Compiled<P, B, R> {
  (params: P, key: Key, batch: B, step?: number): R;
  /** The temperature of the loss that was compiled. */
  readonly temperature?: number | Schedule;
  readonly report: () => CompileReport;
  /** Frees what the recordings hold. The loss can still be used, and is recorded anew. */
  readonly dispose: () => void;
}

const temperatureOf = (loss: object): number | Schedule | undefined =>
  'temperature' in loss ? (loss.temperature as number | Schedule) : undefined;

/**
 * A loss whose kernels are recorded on wasm and WebGPU, and replayed, as by `jax.jit`: when it is called for the second time
 * with parameters and a batch of the same shapes and dtypes, its kernels, with those of its gradient in `trainStep` and
 * `valueAndGrad`, are written down. From then on they run one after the other, or are handed to the GPU in one piece, without
 * TensorFlow.js's bookkeeping, `vmap` and the tape. The results are the same numbers. On cpu the loss just runs.
 *
 * The loss has to be pure: what it computes may depend on the parameters, the key and the batch alone, not on the number of the
 * step. Tensors and numbers that it closes over are constants. It is run twice for a recording, with two keys, and if anything but the words of keys differs, or it reads values or draws numbers in JavaScript
 * (`random.permutation`, `random.gamma`), or its temperature is a schedule, it is run as it is, and `onFallback` is called.
 * It is run as it is, too, while kernels are profiled, in debug mode, and inside `vmap` or another differentiation.
 *
 * On WebGPU a recording holds the memory of one step, on wasm only that of the loss's constants. It lasts until `dispose`; at
 * most four are held, the latest, for batches of different sizes.
 *
 * @throws Error if the loss is not a function, takes more than three arguments, or is compiled already
 * @example
 * const compiled = compile(loss);
 * const step = trainStep(compiled, adam({ learningRate: 1e-3 }));
 * const first = step.init(params, random.key(0));
 * const { state } = step.update(first, { inputs: images, targets: labels });
 * compiled.dispose();
 */
export const compile = <P, B, R extends LossParts>(
  loss: (params: P, key: Key, batch: B) => R,
  options?: CompileOptions,
): Compiled<P, B, R> => {
  if (typeof loss !== 'function' || loss.length > 3)
    invalidArgument('compile: loss', 'a function of (params, key, batch)', loss);
  if (ownGradient in loss) invalidArgument('compile: loss', 'one that is not compiled already', loss);
  const { onFallback = console.warn } = optionalOptions('compile', options, optionNames);
  if (typeof onFallback !== 'function')
    invalidArgument('compile: onFallback', 'a function of a reason', onFallback);
  const temperature = temperatureOf(loss);
  const reasons = new Set<string>();
  let last: string | undefined;
  const fallback = (reason: string): void => {
    last = reason;
    if (reasons.has(reason)) return;
    reasons.add(reason);
    onFallback(`compile: the loss is run as it is, not recorded: ${reason}`);
  };
  type Given = [params: P, key: Key, batch: B, step?: number];
  const stepped = loss as (...given: Given) => R;
  const [value, gradient] = [recorded(stepped, fallback), recorded(valueAndGrad(stepped), fallback)];
  const compiled =
    <Y>(run: (...given: Given) => Y, plain: (...given: Given) => Y) =>
    (...given: Given): Y => {
      const isScheduled = typeof temperature === 'function';
      if (isScheduled) fallback('its temperature is a schedule, and changes from step to step');
      const isPlain = isScheduled || isDifferentiating() || isMapping() || isRecording();
      return isPlain ? plain(...given) : run(...given);
    };
  return Object.assign(compiled(value.run, stepped), {
    ...(temperature !== undefined && { temperature }),
    [ownGradient]: compiled(gradient.run, valueAndGrad(stepped)),
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
};

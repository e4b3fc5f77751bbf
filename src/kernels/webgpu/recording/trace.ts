import { type DataId, engine, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Recordable, refuse } from '../../../ops/recording.ts';
import { keepingNone } from '../../keepingNone.ts';
import type { RecordableBackend } from './device.ts';
import { isSlot, type Slot } from './slots.ts';
import { bytesOf, type Tracing, tracingBackend } from './tracingBackend.ts';

/** A tensor of a result: in a slot, in data that was there before, or values that no program computes. */
export interface Outcome {
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
  /** It differs from the tensor's while a cast is pending. */
  readonly dataDtype: Tensor['dtype'];
  readonly from:
    | { readonly slot: Slot }
    | { readonly outside: DataId }
    | { readonly values: ArrayLike<number> };
}

/** Where an input has to be, and the dtype of its data. */
export interface Input {
  readonly slot: Slot;
  readonly dtype: Tensor['dtype'];
}

/** What a function does on the device. */
export interface Trace extends Pick<Tracing, 'dispatches'> {
  /** The data that it reads or returns, but that was there before. */
  readonly outside: ReadonlySet<DataId>;
  readonly inputs: readonly Input[];
  readonly slots: readonly Slot[];
  readonly outcomes: readonly Outcome[];
}

/** Runs a function while another backend is the current one, under the same name and with the same kernels. */
const onBackend = <Y>(backend: object, f: () => Y): Y => {
  const home = engine() as unknown as { backendInstance: object };
  const { backendInstance } = home;
  home.backendInstance = backend;
  try {
    return f();
  } finally {
    home.backendInstance = backendInstance;
  }
};

/** A tensor like another one, in a slot. */
const inputLike = ({ backend, slots }: Tracing, x: Tensor): readonly [Input, Tensor] => {
  const { dtype } = backend.tensorMap.get(x.dataId);
  const id = backend.write(null as never, x.shape, dtype);
  const slot = slots.acquire(bytesOf(x.shape));
  backend.tensorMap.get(id).resource = slot;
  return [{ slot, dtype }, engine().makeTensorFromDataId(id, x.shape, x.dtype, backend)];
};

const outcome = ({ backend, isOutside, outside }: Tracing, { dataId, shape, dtype }: Tensor): Outcome => {
  if (dtype === 'complex64' || dtype === 'string') refuse(`its result has a tensor of dtype ${dtype}`);
  const data = backend.tensorMap.get(dataId);
  const about = { shape, dtype, dataDtype: data.dtype };
  if (isOutside(dataId)) {
    outside.add(dataId);
    return { ...about, from: { outside: dataId } };
  }
  return {
    ...about,
    from: isSlot(data.resource) ? { slot: data.resource } : { values: data.values! },
  };
};

/**
 * Runs a function without computing anything, and writes down what it would do on the device.
 *
 * @throws Error, a refusal, where the function needs the values of a tensor, or keeps one; what the function throws
 */
export const trace = (real: RecordableBackend, like: readonly Tensor[], f: Recordable): Trace => {
  const tracing = tracingBackend(real);
  let made: Pick<Trace, 'inputs' | 'outcomes'> | undefined;
  // Nothing is returned from here: tfjs would look for tensors in it.
  const run = (): void => {
    const inputs = like.map((x) => inputLike(tracing, x));
    keepingNone(() => {
      const results = f(inputs.map(([, tensor]) => tensor));
      made = {
        inputs: inputs.map(([input]) => input),
        outcomes: results.map((result) => outcome(tracing, result)),
      };
    });
  };
  try {
    onBackend(tracing.backend, () => tidy(run));
  } finally {
    // Even if the function caught it, or failed by it.
    const [failure] = tracing.failures;
    if (failure !== undefined) refuse(failure);
  }
  const { dispatches, outside, slots } = tracing;
  return { ...made!, slots: slots.all, dispatches, outside };
};

import { type DataId, engine, type Tensor, type TensorInfo, tidy } from '@tensorflow/tfjs-core';
import { sameShape } from '../../../check/index.ts';
import { type Recording, refuse } from '../../../ops/recording.ts';
import { running } from '../../../ops/registry.ts';
import type { Attributes } from '../../kernel.ts';
import { letGo } from '../../letGo.ts';
import { tensorAddress, type WasmBackend } from '../wasmBackend.ts';
import type { VaryingPair } from './differences.ts';
import { fill, makePlan, type Place, type Plan, type Step } from './plan.ts';
import type { Call, Data, Trace } from './trace.ts';
import type { Content } from './watchedEngine.ts';

/** Lets go of the data in a place. */
const release = (backend: WasmBackend, place: Place): void => {
  if (place.id === undefined) return;
  backend.disposeData(place.id);
  place.id = undefined;
};

/** Runs the steps, unless an output has another shape than when it was recorded. */
const runSteps = (backend: WasmBackend, steps: readonly Step[]): void => {
  for (const { run, call, shapes, outputs, last } of steps) {
    const made = run(call);
    const infos = (Array.isArray(made) ? made : [made]) as readonly (TensorInfo | Tensor)[];
    for (const [i, info] of infos.entries()) {
      // A tensor belongs to the scope around this.
      if ('rank' in info) backend.incRef(info.dataId);
      const place = outputs[i];
      if (place === undefined) backend.disposeData(info.dataId);
      else fill(place, info.dataId);
    }
    if (!infos.every(({ shape }, i) => sameShape(shape, shapes[i]!)))
      refuse('the shape of a tensor depends on values');
    for (const place of last) release(backend, place);
  }
};

/** Makes sure that data are in this backend's memory: they may have been made on another one. */
const moveHere = (backend: WasmBackend, id: DataId): void => {
  tensorAddress(backend, { dataId: id } as TensorInfo);
};

/** Data that are made from values, and where they go. */
interface Constant {
  readonly data: Data;
  readonly place: Place;
  readonly content: Content;
}

/** The words of keys in attributes and constants, which change from replay to replay. */
interface ChangingWords {
  readonly attributes: (call: Call) => Attributes;
  /** Whether these data are a constant with such words. */
  readonly isIn: (data: Data) => boolean;
  readonly set: (words: Int32Array) => void;
}

const changingWords = ({ calls, data }: Trace, varying: readonly VaryingPair[]): ChangingWords => {
  const own = new Map<Call, number[]>();
  const constants = new Set<Data>();
  const targets = varying.map(({ where, at }) => {
    if ('data' in where) {
      const constant = data[where.data]!;
      constants.add(constant);
      return { words: constant.content!.values, at };
    }
    const call = calls[where.call]!;
    const words = own.get(call) ?? [...(call.attrs.words as readonly number[])];
    own.set(call, words);
    return { words, at };
  });
  return {
    attributes: (call) => (own.has(call) ? { ...call.attrs, words: own.get(call) } : call.attrs),
    isIn: (each) => constants.has(each),
    set: (given) => {
      for (const [i, { words, at }] of targets.entries()) {
        words[at] = given[2 * i]!;
        words[at + 1] = given[2 * i + 1]!;
      }
    },
  };
};

/** Makes data from values, or none of them if memory does not suffice for all. */
const makeAll = (backend: WasmBackend, constants: readonly Constant[]): void => {
  try {
    for (const { place, content } of constants)
      fill(place, backend.write(content.values, [...content.shape], content.dtype));
  } catch (error) {
    for (const { place } of constants) release(backend, place);
    throw error;
  }
};

/** Keeps what was there before the function for as long as the recording lasts. */
const keepOutside = (backend: WasmBackend, { places, needed }: Plan): readonly DataId[] =>
  needed
    .filter(({ kind }) => kind === 'outside')
    .map(({ index, id }) => {
      moveHere(backend, id);
      backend.incRef(id);
      fill(places[index]!, id);
      return id;
    });

/** The recording of a function from its trace. From its first replay on it holds the constants that the function makes. */
export const replayable = (
  backend: WasmBackend,
  trace: Trace,
  varying: readonly VaryingPair[],
): Recording => {
  const words = changingWords(trace, varying);
  const plan = makePlan(backend, trace, words.attributes);
  const { steps, places, needed } = plan;
  const placeFor = ({ index }: Data): Place => places[index]!;
  const constants = needed.flatMap((data): Constant[] =>
    data.content ? [{ data, place: placeFor(data), content: data.content }] : [],
  );
  // A result belongs to the caller.
  const isAnew = ({ data }: Constant): boolean =>
    words.isIn(data) || trace.results.some((result) => result.data === data);
  const [anew, held] = [constants.filter(isAnew), constants.filter((each) => !isAnew(each))];
  const temporary = [
    ...trace.data.filter(({ kind }) => kind === 'output').map(placeFor),
    ...anew.map(({ place }) => place),
  ];
  const outside = keepOutside(backend, plan);
  let isHeld = false;
  return {
    varying,
    bytes: () => (isHeld ? held.reduce((sum, { content }) => sum + content.values.byteLength, 0) : 0),
    replay: (inputs, given) => {
      if (!isHeld) makeAll(backend, held);
      isHeld = true;
      words.set(given);
      for (const [i, { dataId }] of inputs.entries()) {
        moveHere(backend, dataId);
        fill(placeFor(trace.inputs[i]!), dataId);
      }
      try {
        makeAll(backend, anew);
        tidy(() => runSteps(backend, steps));
        return trace.results.map(({ data, shape, dtype }) => {
          const id = placeFor(data).id!;
          backend.incRef(id);
          return engine().makeTensorFromDataId(id, [...shape], dtype, backend);
        });
      } finally {
        for (const place of temporary) release(backend, place);
      }
    },
    dispose: () => {
      // A backend that was removed has freed everything.
      if (running('wasm') !== backend) return;
      for (const { place } of held) release(backend, place);
      for (const id of outside) {
        moveHere(backend, id);
        letGo(backend, id);
      }
    },
  };
};

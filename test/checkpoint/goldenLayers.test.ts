import '@tensorflow/tfjs-backend-cpu';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { bayesian, checkpoint, tree } from 'tfjs-bayesian';
import { beforeAll, expect, test } from 'vitest';
import { readHeader } from '../../src/checkpoint/safetensors/safetensors.ts';
import { arrayIn, type Fields, fieldsIn, has, isFields, textIn, toTensor } from '../goldens/json.ts';
import { type GoldenFile, readFolder } from '../goldens/readFolder.ts';
import { findWeightSet, plainIn, type RecordedNet, recordedNet } from '../goldens/recordedCase.ts';
import { readBits } from './support/bits.ts';
import { right } from './support/files.ts';
import { stateDict } from './support/stateDict.ts';
import { blueName } from './support/written.ts';

const data = fileURLToPath(new URL('../goldens/data', import.meta.url));
const files: readonly GoldenFile[] = E.getOrElse<string, readonly GoldenFile[]>(() => [])(readFolder(data));
const layers = ['conv.json', 'linear.json', 'attention.json', 'transformer.json'].map((name) => ({
  name,
  cases: files
    .filter((file) => file.name === name)
    .flatMap(({ cases, content }) =>
      cases
        .filter((golden) => has(golden, 'layer') && has(golden, 'weight_set'))
        .map((golden) => ({ golden, set: findWeightSet(golden, content) })),
    ),
}));

/** The state dictionary of a module with these weights, as torch_blue names and lays it out. */
const makeFile = (set: Fields): Uint8Array => {
  const bayesianWeights = fieldsIn(set, 'bayesian');
  const plain = isFields(set.plain) ? set.plain : {};
  return stateDict(
    Object.fromEntries([
      ...Object.keys(bayesianWeights).flatMap((name) => {
        const parameters = fieldsIn(bayesianWeights, name);
        return Object.keys(parameters).map(
          (parameter) => [blueName(name, parameter), toTensor(arrayIn(parameters, parameter))] as const,
        );
      }),
      ...Object.keys(plain).map((name) => [name, toTensor(arrayIn(plain, name))] as const),
    ]),
  );
};

/** Every tensor of a file by its name: dtype, shape and bytes. */
const readTensors = (file: Uint8Array): ReadonlyMap<string, string> => {
  const { tensors, start } = right(readHeader(file));
  return new Map(
    tensors.map(({ name, dtype, shape, begin, end }) => [
      name,
      `${dtype} [${shape}] ${file.subarray(start + begin, start + end).join()}`,
    ]),
  );
};

const recorded = (golden: Fields, set: Fields): RecordedNet => {
  const call = { name: textIn(golden, 'layer'), args: [], options: fieldsIn(golden, 'args') };
  const net = recordedNet(call, fieldsIn(set, 'bayesian'), {}, false, plainIn(set.plain));
  if (E.isLeft(net)) throw new Error(net.left);
  return net.right;
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// That these parameters give torch_blue's outputs is for test/goldens to say.
test.each(layers)(
  'the modules of $name open as they were recorded, and go back byte for byte',
  async ({ cases }) => {
    expect(cases.length).toBeGreaterThan(4);
    for (const { golden, set } of cases) {
      const { net, params } = recorded(golden, set);
      const model = bayesian()(net);
      const file = makeFile(set);
      const loaded = right(checkpoint.fromTorchBlue(model)(file));
      expect(readBits(loaded), textIn(golden, 'name')).toEqual(readBits(params));
      const back = right(await checkpoint.toTorchBlue(model)(loaded)());
      expect(readTensors(back), textIn(golden, 'name')).toEqual(readTensors(file));
      tree.dispose([loaded, params]);
    }
  },
);

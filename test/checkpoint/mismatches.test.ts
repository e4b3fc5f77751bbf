import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  adam,
  bayesian,
  checkpoint,
  linear,
  normal,
  pointMass,
  posterior,
  random,
  sequential,
  sgd,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { joined, readHeader, writeSafetensors } from '../../src/checkpoint/safetensors/safetensors.ts';
import { dataFile } from './support/dataFile.ts';
import { left, right } from './support/files.ts';
import { model, net, optimizer, step } from './support/models.ts';

const files: Record<'params' | 'state', Uint8Array> = { params: new Uint8Array(), state: new Uint8Array() };
beforeAll(async () => {
  await tf.setBackend('cpu');
  const params = model.init(random.key(0));
  files.params = right(await checkpoint.toBytes(model)(params)());
  files.state = right(await checkpoint.toBytes(model)(step.init(params, random.key(1)))());
});

/** A file with other metadata, or other tensors. */
const changed = (
  file: Uint8Array,
  metadata: (before: Readonly<Record<string, string>>) => Readonly<Record<string, string | undefined>>,
  values: (name: string, bytes: Uint8Array) => Uint8Array = (_, bytes) => bytes,
): Uint8Array => {
  const header = right(readHeader(file));
  const notes = metadata(Object.fromEntries(header.metadata));
  return joined(
    writeSafetensors(
      header.tensors.map(({ name, dtype, shape, begin, end }) => ({
        name,
        dtype,
        shape,
        bytes: values(name, file.slice(header.start + begin, header.start + end)),
      })),
      Object.fromEntries(
        Object.entries(notes).flatMap(([name, note]) => (note === undefined ? [] : [[name, note]])),
      ),
    ),
  );
};

const readMismatches = (error: checkpoint.CheckpointError): readonly string[] =>
  error._tag === 'Mismatched' ? error.mismatches.map(({ kind, path }) => `${kind} ${path}`) : [error.message];

describe('load of another model', () => {
  test('reports all differences together, by path', async () => {
    const other = bayesian()(sequential(linear(3, 5), tf.relu, linear(4, 2)));
    const error = left(await checkpoint.load(other)(files.params)());
    expect(readMismatches(error)).toEqual([
      'posterior 2.weight',
      'posterior 2.bias',
      'shape params.0.weight.mean',
      'shape params.0.weight.logStd',
      'shape params.0.bias.mean',
      'shape params.0.bias.logStd',
      'missing params.2.weight.mean',
      'missing params.2.weight.logStd',
      'missing params.2.bias.mean',
      'missing params.2.bias.logStd',
      'unexpected params.2.weight.value',
      'unexpected params.2.bias.value',
      'unexpected params.3.a\\.b.value',
    ]);
    expect(error.message.split('\n')).toHaveLength(13);
    expect(error.message).toContain("'params.0.weight.mean': shape [3, 4] in the file, [3, 5] expected");
    expect(error.message).toContain(
      "'2.weight': a pointMass posterior in the file, a normal one in the model",
    );
  });

  test('rejects a posterior of another family, even if its parameters have the same names', async () => {
    const like = posterior({
      name: 'uniform',
      init: (mean: tf.Tensor) => ({ mean, logStd: tf.zerosLike(mean) }),
      sample: ({ mean }) => mean,
      logProb: ({ logStd }) => tf.neg(logStd),
    });
    const bytes = right(
      await checkpoint.toBytes(bayesian()(linear(2, 1)))(bayesian()(linear(2, 1)).init(random.key(0)))(),
    );
    const error = left(await checkpoint.load(bayesian({ posterior: like })(linear(2, 1)))(bytes)());
    expect(readMismatches(error)).toEqual(['posterior weight', 'posterior bias']);
  });

  test('requires the same priors only to resume training', async () => {
    const other = bayesian({ prior: normal({ std: 2 }) })(net);
    right(await checkpoint.load(other)(files.state)());
    const error = left(await checkpoint.load(other, { optimizer })(files.state)());
    expect(readMismatches(error)).toEqual(['prior 0.weight', 'prior 0.bias']);
    expect(error.message).toContain(
      '(eps: 1e-10, mean: 0, name: normal, normalized: true, std: 0.5) in the file, (eps: 1e-10, mean: 0, name: normal, normalized: true, std: 2)',
    );
  });

  test('refuses a state of another optimizer, and parameters alone for a state', async () => {
    const momentum = left(
      await checkpoint.load(model, { optimizer: sgd({ learningRate: 1, momentum: 0.9 }) })(files.state)(),
    );
    expect(readMismatches(momentum)).toContain('unexpected optimizer.0.step');
    expect(readMismatches(momentum).some((each) => each.startsWith('missing optimizer.'))).toBe(true);
    const plain = left(await checkpoint.load(model, { optimizer: sgd({ learningRate: 1 }) })(files.state)());
    expect(readMismatches(plain)).toContain('unexpected optimizer.0.step');
    const alone = left(
      await checkpoint.load(model, { optimizer: adam({ learningRate: 1 }) })(files.params)(),
    );
    expect(readMismatches(alone)).toEqual(
      expect.arrayContaining(['missing step', 'missing key', 'missing optimizer.0.step']),
    );
  });
});

test('rejects invalid counts of epochs', async () => {
  const storedBytes = async (epochs: object) =>
    right(
      await checkpoint.toBytes(model)({
        ...step.init(model.init(random.key(0)), random.key(1)),
        epochs,
      } as never)(),
    );
  const good = { step: 0, epoch: 1, length: 5 };
  for (const [epochs, mismatch] of [
    [{ ...good, length: 0 }, 'value epochs.length'],
    [{ ...good, epoch: 1.5 }, 'value epochs.epoch'],
    [{ ...good, step: -1 }, 'value epochs.step'],
    [{ step: 0, epoch: 1 }, 'missing epochs.length'],
    [{ ...good, rows: 3 }, 'unexpected epochs.rows'],
  ] as const) {
    const error = left(await checkpoint.load(model, { optimizer })(await storedBytes(epochs))());
    expect(readMismatches(error)).toEqual([mismatch]);
  }
});

describe('a file that is not ours', () => {
  test('of PyTorch is distinguished from one of ours', async () => {
    const error = left(await checkpoint.load(model)(await dataFile('mlp.safetensors'))());
    expect(error).toMatchObject({ _tag: 'InvalidFile', fault: 'format' });
    expect(error.message).toContain("the format 'pt'");
    expect(error.message).toContain('fromTorchBlue');
  });

  test.each([
    ['no structure', undefined],
    ['a structure that is not JSON', '{'],
    ['a structure that is no tree', '"tensor"'],
    ['a structure too deep', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['a structure so deep that JSON.parse may fail', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('is refused: %s', async (_, structure) => {
    const file = changed(files.state, (before) => ({ ...before, structure }));
    expect(left(await checkpoint.load(model, { optimizer })(file)())).toMatchObject({
      _tag: 'InvalidFile',
      fault: 'metadata',
    });
  });

  test.each([
    ['"step":"number 0"', '"step":"number -1"', 'value step'],
    ['"step":"number 0"', '"step":"number 0.5"', 'value step'],
    ['"step":"number 0"', '"step":"number NaN"', 'value step'],
    ['"step":"number 0"', '"step":"number "', 'value step'],
    ['"step":"number 0"', '"step":"string 0"', 'value step'],
    ['"step":"number 0"', '"step":[]', 'missing step'],
    ['"step":"number 0"', '"step":"number 0","more":"number 1"', 'unexpected more'],
    ['"key":"key 0 1"', '"key":"key 0"', 'value key'],
    ['"key":"key 0 1"', '"key":"key 0 4294967296"', 'value key'],
    ['"key":"key 0 1"', '"key":0', 'value key'],
  ])('with %s written as %s is refused', async (before, after, mismatch) => {
    const file = changed(files.state, ({ structure = '', ...rest }) => {
      // The last one is the state's own, behind that of the optimizer.
      const at = structure.lastIndexOf(before);
      expect(at).toBeGreaterThan(0);
      return { ...rest, structure: structure.slice(0, at) + after + structure.slice(at + before.length) };
    });
    expect(readMismatches(left(await checkpoint.load(model, { optimizer })(file)()))).toEqual([mismatch]);
  });

  test('with invalid settings has none', async () => {
    for (const text of ['x', '[]', '1', '{"0.weight":1}', undefined]) {
      right(await checkpoint.load(model)(changed(files.params, (before) => ({ ...before, model: text })))());
    }
  });
});

describe('values', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'of %s are refused, all by name',
    async (value) => {
      const bad = ['params.0.weight.logStd', 'params.2.bias.value'];
      const file = changed(
        files.state,
        (before) => before,
        (name, bytes) => {
          if (bad.includes(name)) new DataView(bytes.buffer).setFloat32(4, value, true);
          return bytes;
        },
      );
      for (const load of [checkpoint.load(model), checkpoint.load(model, { optimizer })]) {
        const error = left(await (load as ReturnType<typeof checkpoint.load>)(file)());
        expect(readMismatches(error)).toEqual(bad.map((name) => `value ${name}`));
        expect(error.message).toContain(`value 1 is ${value}`);
      }
    },
  );

  test('that are not finite are not written either', async () => {
    const tiny = bayesian({ posterior: pointMass() })(linear(1, 1));
    const params = { weight: { value: tf.tensor2d([[Number.NaN]]) }, bias: { value: tf.tensor1d([1]) } };
    const error = left(await checkpoint.toBytes(tiny)(params)());
    expect(error.message).toBe("'params.weight.value': value 0 is NaN");
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import files from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import {
  accumulate,
  adam,
  adamw,
  bayesian,
  chain,
  checkpoint,
  clipByGlobalNorm,
  deterministic,
  ema,
  linear,
  partition,
  prune,
  random,
  scale,
  schedule,
  sequential,
  sgd,
  trainStep,
  tree,
} from 'tfjs-bayesian';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { describeOnBackends } from '../support/backends.ts';
import { readBits } from './support/bits.ts';
import { left, right } from './support/files.ts';
import { data, loss, model, optimizer, trained } from './support/models.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'some.safetensors');
const key = random.key(7);

describeOnBackends('save and load', () => {
  test('restore parameters bit for bit, from a file and from bytes', async () => {
    const params = model.init(key);
    right(await checkpoint.save(model)(file)(params)());
    const bytes = right(await checkpoint.toBytes(model)(params)());
    expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
    for (const source of [file, bytes]) {
      const loaded = right(await checkpoint.load(model)(source)());
      expect(readBits(loaded)).toEqual(readBits(params));
      expect(Object.isFrozen(loaded)).toBe(true);
      expect(loaded[3]['a.b'].value.shape).toEqual([2]);
    }
  });

  test("restore a whole state bit for bit, including key, step and the optimizer's numbers", async () => {
    const state = trained();
    right(await checkpoint.save(model)(file)(state)());
    const loaded = right(await checkpoint.load(model, { optimizer })(file)());
    expect(readBits({ ...loaded, key: 0 })).toEqual(readBits({ ...state, key: 0 }));
    expect(String(loaded.key)).toBe(String(state.key));
    expect([loaded.step, loaded.optimizer[0].step]).toEqual([2, 2]);
    const params = right(await checkpoint.load(model)(file)());
    expect(readBits(params)).toEqual(readBits(state.params));
  });

  test('restore pruned parameters bit for bit from a sparse file, and draw zeros', async () => {
    const wide = bayesian()(linear(30, 20, { bias: false }));
    const { params } = await prune(wide, wide.init(key), { signalToNoise: 1.5 });
    right(await checkpoint.save(wide, { sparse: true })(file)(params)());
    expect(statSync(file).size).toBeLessThan(right(await checkpoint.toBytes(wide)(params)()).length);
    const loaded = right(await checkpoint.load(wide)(file)());
    expect(readBits(loaded)).toEqual(readBits(params));
    const drawn = Array.from(wide.apply(loaded, key, tf.eye(30)).dataSync());
    const means = Array.from(params.weight.mean.dataSync());
    expect(drawn.map((each) => each === 0)).toEqual(means.map((each) => each === 0));
  });

  test('restore the steps per epoch, if the state has them', async () => {
    const epochs = { step: 1, epoch: 3, length: 7 };
    right(await checkpoint.save(model)(file)({ ...trained(), epochs })());
    expect(right(await checkpoint.load(model, { optimizer })(file)()).epochs).toEqual(epochs);
    expect(Object.keys(right(await checkpoint.load(model)(file)()))).not.toContain('epochs');
    right(await checkpoint.save(model)(file)(trained())());
    expect(right(await checkpoint.load(model, { optimizer })(file)())).not.toHaveProperty('epochs');
  });
});

/** Every optimizer that has a state, around one another. */
const layered = ema({ decay: 0.9 })(
  accumulate(2)(
    partition(
      {
        first: adamw({
          learningRate: schedule.cosine({ from: 0.1, steps: 6 }),
          weightDecay: 0.1,
          where: (path) => path.includes('weight'),
        }),
        frozen: scale(0),
        rest: chain(clipByGlobalNorm(1), sgd({ learningRate: (step) => 0.1 / (1 + step), momentum: 0.9 })),
        none: adam({ learningRate: 1 }),
      },
      ([name]) => (name === '0' ? 'first' : name === '2' ? 'frozen' : 'rest'),
    ),
  ),
);

describeOnBackends('states of optimizers', () => {
  test('of any kind resume to the same bits', async () => {
    const resumed = trainStep(loss, layered);
    const order = data().epoch(random.key(3), 0);
    const advance = (state: ReturnType<typeof resumed.init>, steps: number): typeof state =>
      Array.from({ length: steps }).reduce<typeof state>(
        (at) => resumed.update(at, order.at(at.step % 2)).state,
        state,
      );
    const first = resumed.init(model.init(random.key(0)), random.key(4));
    for (const steps of [0, 1, 3, 4]) {
      const state = advance(first, steps);
      const bytes = right(await checkpoint.toBytes(model)(state)());
      const loaded = right(await checkpoint.load(model, { optimizer: layered })(bytes)());
      expect(readBits(loaded.optimizer)).toEqual(readBits(state.optimizer));
      const [a, b] = [advance(state, 3), advance(loaded, 3)];
      expect(readBits([b.params, b.optimizer])).toEqual(readBits([a.params, a.optimizer]));
      expect(readBits(a.params[2])).toEqual(readBits(first.params[2]));
      expect(readBits(a.params[0])).not.toEqual(readBits(first.params[0]));
    }
  });

  test('of a number and of a schedule are told apart', async () => {
    const rate = schedule.constant(0.01);
    const bytes = right(await checkpoint.toBytes(model)(trained())());
    const refused = left(await checkpoint.load(model, { optimizer: adam({ learningRate: rate }) })(bytes)());
    expect(refused.message).toBe("'optimizer.1.step': the file has no such value");
  });
});

describe('in half precision', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const params = tree.map((x: tf.Tensor) => x);

  test.each([
    ['F16', 2 ** -11],
    ['BF16', 2 ** -8],
  ] as const)(
    '%s takes half the bytes and changes no value by more than half a step',
    async (dtype, relative) => {
      const wide = bayesian()(sequential(linear(64, 64)));
      const given = params(wide.init(key));
      const full = right(await checkpoint.toBytes(wide)(given)());
      const half = right(await checkpoint.toBytes(wide, { dtype })(given)());
      expect(full.length - half.length).toBeGreaterThan(0.49 * 4 * 2 * 65 * 64);
      const loaded = right(await checkpoint.load(wide)(half)());
      for (const { path: place, tensor } of tree.entries(given)) {
        const [a, b] = [tensor.dataSync(), (tree.at(place)(loaded) as tf.Tensor).dataSync()];
        const far = a.findIndex(
          (x, i) => Math.abs(x - (b[i] ?? Number.NaN)) > relative * Math.abs(x) + 2 ** -25,
        );
        expect(far).toBe(-1);
      }
      expect(right(await checkpoint.toBytes(wide, { dtype })(loaded)())).toEqual(half);
    },
  );

  test('a state keeps the rest in full precision', async () => {
    const state = trained();
    const bytes = right(await checkpoint.toBytes(model, { dtype: 'BF16' })(state)());
    const { tensors } = right(await checkpoint.inspect(bytes)());
    for (const { name, dtype } of tensors) expect(dtype).toBe(name.startsWith('params.') ? 'BF16' : 'F32');
    const loaded = right(await checkpoint.load(model, { optimizer })(bytes)());
    expect(readBits(loaded.optimizer)).toEqual(readBits(state.optimizer));
  });

  test('values beyond F16 are rejected by name, and kept by BF16', async () => {
    const plain = bayesian()(deterministic(linear(1, 2)));
    const large = { weight: { value: tf.tensor2d([[1, 1e5]]) }, bias: { value: tf.zeros([2]) } };
    const error = left(await checkpoint.toBytes(plain, { dtype: 'F16' })(large)());
    expect(error.message).toBe("'params.weight.value': value 1, 100000, is too large for F16");
    right(await checkpoint.toBytes(plain, { dtype: 'BF16' })(large)());
  });
});

describe('sources', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const state = { expected: undefined as unknown };

  beforeEach(async () => {
    const params = model.init(key);
    state.expected = readBits(params);
    right(await checkpoint.save(model)(file)(params)());
  });

  const loaded = async (source: checkpoint.Source) => readBits(right(await checkpoint.load(model)(source)()));

  test('may be a file: URL, a File, a Buffer, an ArrayBuffer and a part of a larger array', async () => {
    const bytes = readFileSync(file);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    const exact = larger.slice(3).buffer;
    for (const source of [pathToFileURL(file), new File([bytes], 'a'), bytes, exact, larger.subarray(3)]) {
      expect(await loaded(source)).toEqual(state.expected);
    }
  });

  test('may be a URL, whose HTTP errors are reported', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/some.safetensors' ? 200 : 404;
      response.end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await loaded(`${address}/some.safetensors`)).toEqual(state.expected);
      expect(await loaded(new URL(`${address}/some.safetensors`))).toEqual(state.expected);
      const error = left(await checkpoint.load(model)(`${address}/other`)());
      expect(error).toMatchObject({ _tag: 'Unreadable', source: `${address}/other` });
      expect(error.message).toContain('404 Not Found');
    } finally {
      server.close();
    }
  });

  test('that are files are closed, also when they are rejected', async () => {
    const handles: files.FileHandle[] = [];
    const { open } = files;
    const spy = vi.spyOn(files, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      handles.push(handle);
      return handle;
    });
    right(await checkpoint.load(model)(file)());
    left(await checkpoint.load(bayesian()(linear(1, 1)))(file)());
    left(await checkpoint.load(model, { optimizer })(file)());
    left(await checkpoint.load(model)(folder)());
    spy.mockRestore();
    expect(handles.map(({ fd }) => fd)).toEqual([-1, -1, -1]);
  });

  test('that is a FIFO or a device is refused at once', async () => {
    const fifo = path.join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const source of [fifo, '/dev/null']) {
      expect(left(await checkpoint.load(model)(source)()).message).toBe(
        `${source} cannot be read: not a regular file`,
      );
    }
    rmSync(fifo);
  });

  test('may be in shared memory, or a view of any kind', async () => {
    const bytes = readFileSync(file);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    for (const source of [shared, new DataView(bytes.buffer, bytes.byteOffset, bytes.length) as never]) {
      expect(await loaded(source)).toEqual(state.expected);
    }
  });

  test.each([
    ['a file that is not there', path.join(folder, 'other.safetensors'), /ENOENT/],
    ['a folder', folder, /it is a folder|EISDIR/],
    ['an address where nobody is', 'http://127.0.0.1:1/x', /fetch failed: .*ECONNREFUSED|bad port/],
    ['a file: URL of another machine', new URL('file://elsewhere/x'), /host|ENOENT/],
  ])('that cannot be read are refused: %s', async (_, source, message) => {
    const error = left(await checkpoint.load(model)(source)());
    expect(error._tag).toBe('Unreadable');
    expect(error.message).toMatch(message);
  });
});

describe('inspect', () => {
  test('lists the content of a file, with the settings of the model and the version', async () => {
    await tf.setBackend('cpu');
    const bytes = right(await checkpoint.toBytes(model)(trained())());
    const { tensors, metadata } = right(await checkpoint.inspect(bytes)());
    expect(tensors[0]).toEqual({ name: 'params.0.weight.mean', dtype: 'F32', shape: [3, 4] });
    expect(tensors.map(({ name }) => name)).toContain('params.3.a\\.b.value');
    expect(metadata.get('version')).toBe(packageJson.version);
    const [settings, structure] = ['model', 'structure'].map((name) => JSON.parse(metadata.get(name) ?? ''));
    expect(settings['0.weight'].prior).toEqual({
      ...{ name: 'normal', mean: 0, std: 0.5 },
      ...{ eps: 1e-10, normalized: true },
    });
    expect(settings['0.weight'].posterior.name).toBe('normal');
    expect(settings['0.weight'].start.logStd).toBeCloseTo(
      Math.log(0.1) + Math.log(1 / Math.sqrt(3) + 1e-5),
      5,
    );
    expect(settings['2.weight'].posterior.name).toBe('pointMass');
    expect(structure.step).toBe('number 2');
    expect(structure.key).toBe('key 256 5');
    expect(structure.params['0'].weight.mean).toBe('tensor');
  });
});

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bayesian, checkpoint, linear, random } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { joined, writeSafetensors } from '../../src/checkpoint/safetensors/safetensors.ts';
import { left, makeFile } from './support/files.ts';
import { model } from './support/models.ts';

beforeAll(() => tf.setBackend('cpu'));

const linearModel = bayesian()(linear(2, 1));
const open = checkpoint.fromTorchBlue(linearModel);

const named = (names: readonly string[]): Uint8Array =>
  joined(
    writeSafetensors(
      names.map((name) => ({ name, dtype: 'F32', shape: [1], bytes: new Uint8Array(4) })),
      {},
    ),
  );

describe('a message', () => {
  test('lists the first of 65,000 unexpected tensors and how many there are, and every other difference', () => {
    const file = named(Array.from({ length: 65_000 }, (_, i) => `model.layers.${i}.self_attn.q_proj.weight`));
    const error = left(open(file));
    expect(error.message.length).toBeLessThan(2500);
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(4 + 8 + 1);
    expect(lines[0]).toMatch(/^'weight.mean': the file has no tensor '_weight_mean'/);
    expect(lines[4]).toBe("'model.layers.0.self_attn.q_proj.weight': unexpected tensor in the file");
    expect(lines.at(-1)).toBe('and more: 64992 unexpected');
    // The value has them all.
    expect(error._tag === 'Mismatched' && error.mismatches.length).toBe(65_004);
  });

  test('truncates a name of a million characters, and shows no control character', () => {
    for (const name of ['x'.repeat(1e6), `a\u001b[2J\nb\u0085${'🙂'.repeat(1e5)}`]) {
      for (const error of [left(open(named([name]))), left(open(makeFile(JSON.stringify({ [name]: 1 }))))]) {
        expect(error.message.length).toBeLessThan(1200);
        expect(error.message.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
        expect(error.message).toContain(`'${name.startsWith('x') ? 'xxx' : 'a\\u001b[2J\\u000ab\\u0085'}`);
      }
    }
  });

  test.each<[what: string, header: string]>([
    ['a shape of 100,000 axes', `{"a":{"dtype":"F32","shape":[${'1,'.repeat(1e5)}1],"data_offsets":[0,0]}}`],
    ['a dtype of 100,000 letters', `{"a":{"dtype":"${'x'.repeat(1e5)}","shape":[],"data_offsets":[0,4]}}`],
    ['a list for a shape', `{"a":{"dtype":"F32","shape":[${'"x",'.repeat(1e5)}1],"data_offsets":[0,4]}}`],
    ['offsets of 100,000 numbers', `{"a":{"dtype":"F32","shape":[],"data_offsets":[${'1,'.repeat(1e5)}1]}}`],
  ])('is short for %s', (_, header) => {
    expect(left(open(makeFile(header))).message.length).toBeLessThan(600);
  });

  test('is short for a format and a structure of 100,000 characters', async () => {
    for (const notes of [
      { format: 'x'.repeat(1e5) },
      { format: 'tfjs-bayesian/1', structure: 'x'.repeat(1e5) },
    ]) {
      const file = joined(writeSafetensors([], notes));
      expect(left(await checkpoint.load(model)(file)()).message.length).toBeLessThan(600);
    }
  });
});

describe('the cause of a read or write error', () => {
  const free = async (): Promise<number> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  };

  test('is kept if the connection is refused', async () => {
    const address = `http://127.0.0.1:${await free()}/net.safetensors`;
    const error = left(await checkpoint.load(model)(address)());
    expect(error).toMatchObject({
      _tag: 'Unreadable',
      source: address,
      cause: { message: 'fetch failed', cause: { code: 'ECONNREFUSED' } },
    });
    expect(error.message).toMatch(/^http:.* cannot be read: fetch failed: connect ECONNREFUSED 127\.0\.0\.1/);
  });

  test('is kept if the response breaks off', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('abc', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const error = left(await checkpoint.load(model)(address)());
      expect(error._tag).toBe('Unreadable');
      expect(error.message).toMatch(/cannot be read: (terminated|fetch failed): ./);
    } finally {
      server.close();
    }
  });

  test('follows the truncated URL of a data: file', async () => {
    const error = left(await checkpoint.load(model)(`data:,%${'x'.repeat(1e6)}`)());
    expect(error.message.length).toBeLessThan(1000);
    const refused = left(await checkpoint.load(model)(`data:${'x'.repeat(1e6)}`)());
    expect(refused).toMatchObject({ _tag: 'Unreadable' });
    expect(refused.message.length).toBeLessThan(1000);
    expect(refused.message).toContain(' cannot be read: ');
  });

  test("is the system's error for a file", async () => {
    const error = left(await checkpoint.load(model)('/none/net.safetensors')());
    expect(error).toMatchObject({ _tag: 'Unreadable', cause: { code: 'ENOENT' } });
    const params = model.init(random.key(0));
    expect(left(await checkpoint.save(model)('/none/net.safetensors')(params)())).toMatchObject({
      _tag: 'Unwritable',
      message: '/none/net.safetensors cannot be written: the folder /none does not exist',
      cause: expect.any(Error),
    });
  });
});

import { deflateRawSync, gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { checkpoint } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { recognize } from '../../src/checkpoint/recognize.ts';
import { dataFile } from './support/dataFile.ts';
import { left, makeFile } from './support/files.ts';
import { model } from './support/models.ts';

beforeAll(() => tf.setBackend('cpu'));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const long = ' more'.repeat(1000);

/** A zip archive's first entry, as writers begin one. */
const zip = (name: string): Uint8Array => {
  const header = new Uint8Array(30);
  header.set(latin('PK\x03\x04'));
  header[26] = name.length;
  return Uint8Array.from([...header, ...latin(name), ...deflateRawSync(bytes(long))]);
};

const tar = (): Uint8Array => {
  const file = new Uint8Array(1024);
  file.set(latin('model.safetensors'));
  file.set(latin('ustar'), 257);
  return file;
};

const pickled = '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.';

describe('load names the kind of a file that is not safetensors', () => {
  test.each<[file: Uint8Array, message: string]>([
    [bytes(`<!DOCTYPE html><html>${long}`), 'this is an HTML page, not a safetensors file: the address'],
    [bytes(`\ufeff\n  <html lang="en">${long}`), 'this is an HTML page, not a safetensors file'],
    [bytes(`<!-- a page --><head>${long}`), 'this is an HTML page'],
    [bytes('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), 'this is an XML document'],
    [
      bytes('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
      'this is a Git LFS pointer, not a safetensors file: `git lfs pull` fetches the file that it points to',
    ],
    [bytes('/annex/objects/SHA256E-s1--a.safetensors\n'), 'this is a git-annex pointer'],
    [new Uint8Array(gzipSync(bytes(long))), 'this is compressed with gzip, not a safetensors file'],
    [new Uint8Array(gzipSync(new Uint8Array(2 ** 20))), 'this is compressed with gzip'],
    [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...bytes(long)), 'this is compressed with zstd'],
    [
      zip('archive/data.pkl'),
      'this is a zip archive written by torch.save, not a safetensors file: convert it in Python with safetensors.torch.save_file(torch.load(path), ...)',
    ],
    [zip('weight.npy'), 'this is a NumPy archive (.npz), not a safetensors file: convert it'],
    [zip('config.json'), 'this is a zip archive, as written by torch.save, NumPy and Keras'],
    [latin(pickled), 'this is a pickle written by an older version of torch.save'],
    [latin(`\x80\x04\x95\x10\0\0\0\0\0\0\0}${long}`), 'this is a Python pickle'],
    [latin(`\x93NUMPY\x01\0v\0{'descr': '<f4'${long}`), 'this is a NumPy array (.npy)'],
    [latin(`\x89HDF\r\n\x1a\n\0${long}`), 'this is an HDF5 file, as written by Keras'],
    [latin(`GGUF\x03\0\0\0${long}`), 'this is a GGUF or GGML file'],
    [latin(`\x1c\0\0\0TFL3${long}`), 'this is a TensorFlow Lite model'],
    [tar(), 'this is a tar archive'],
    [latin(`\x89PNG\r\n\x1a\n${long}`), 'this is an image'],
    [
      bytes('{"metadata": {"total_size": 1}, "weight_map": {"a": "b"}}'),
      'this is the index of a sharded checkpoint, not a safetensors file: pass its path or URL instead',
    ],
    [bytes(`{"modelTopology": {"a": 1}, "b": "${long}"}`), 'this is a TensorFlow.js model.json'],
    [bytes(`[${'1, '.repeat(1000)}1]`), 'this is a JSON document, not a safetensors file'],
    [bytes('{"error":"Repository not found"}'), 'this is a JSON document'],
    [bytes('Not Found'), "this is text that begins with 'Not Found', not a safetensors file"],
    [bytes('404'), "this is text that begins with '404'"],
    [bytes(`a,b\n1,2${long}`), "this is text that begins with 'a,b'"],
    [bytes('ä'.repeat(1000)), `this is text that begins with '${'ä'.repeat(60)}'`],
    [new Uint8Array(), 'this is an empty file, too few for a safetensors file'],
    [Uint8Array.of(1, 2, 3), 'this file has 3 bytes, too few for a safetensors file'],
    [
      Uint8Array.from({ length: 100 }, (_, i) => 255 - i),
      'bytes, but only 92 follow: the file is truncated, or not a safetensors file',
    ],
  ])('%#: %o', async (file, message) => {
    const sync = left(checkpoint.fromTorchBlue(model)(file));
    const errors = [
      sync,
      left(await checkpoint.load(model)(file)()),
      left(await checkpoint.inspect(new Blob([file as Uint8Array<ArrayBuffer>]))()),
    ];
    for (const error of errors) {
      expect(error._tag).toBe('InvalidFile');
      expect(error.message).toContain(message);
      expect(error.message.length).toBeLessThan(300);
    }
  });
});

test('a truncated safetensors file is not mistaken for another kind', async () => {
  // Header lengths whose bytes are the beginnings of other kinds.
  for (const length of [0x0280, 0x0380, 0x8b1f, 0x4b50]) {
    const header = `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`.padEnd(length);
    const whole = makeFile(header);
    expect(recognize(whole)).toBeUndefined();
    expect(left(checkpoint.fromTorchBlue(model)(whole.subarray(0, 60))).message).toContain('is truncated');
  }
  const file = await dataFile('mlp.safetensors');
  await fc.assert(
    fc.asyncProperty(fc.nat(900), async (length) => {
      const error = left(await checkpoint.load(model)(file.subarray(0, length))());
      expect(error).toMatchObject({ _tag: 'InvalidFile' });
      expect(error.message).not.toMatch(/^this is (?!an empty)/);
    }),
  );
});

test('nothing is mistaken for another kind, and nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (file) => {
      const message = left(checkpoint.fromTorchBlue(model)(file)).message;
      expect(message.length).toBeGreaterThan(0);
      expect(message.length).toBeLessThan(600);
    }),
  );
});

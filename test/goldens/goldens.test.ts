import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCase } from './checkCase.ts';
import { commandLine } from './commandLine.ts';
import { corruptions } from './corruptions.ts';
import { type GoldenFile, readFolder } from './readFolder.ts';

const data = fileURLToPath(new URL('data', import.meta.url));
const files: readonly GoldenFile[] = E.getOrElse<string, readonly GoldenFile[]>(() => [])(readFolder(data));

describe('the check of a golden case', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(files.map((file) => [file.name, file] as const))(
    'fails in %s whichever reference is moved',
    (_, { cases, content }) => {
      const passing = cases.filter((golden) => checkCase(golden, content)._tag === 'Passed');
      const moved = passing.flatMap((golden) =>
        corruptions(golden).map((each) => ({ ...each, name: golden.name })),
      );
      expect(moved.length).toBeGreaterThan(passing.length);
      const unseen = moved.filter(({ golden }) => checkCase(golden, content)._tag !== 'Failed');
      expect(unseen.map(({ name, reference }) => `${name}: ${reference}`)).toEqual([]);
    },
  );

  it('fails, and does not skip, what it cannot read', () => {
    const of = (golden: Readonly<Record<string, unknown>>) => checkCase(golden, {});
    expect(of({ name: 'a' })).toEqual({
      _tag: 'Failed',
      why: "this check knows no case of the kind '(none)'",
    });
    expect(of({ kind: 'toString' })).toMatchObject({ _tag: 'Failed' });
    expect(of({ method: 'predictive', distribution: 'Categorical', args: {} })).toEqual({
      _tag: 'Failed',
      why: "threw: the case has no array 'samples'",
    });
  });
});

describe('npm run goldens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'goldens-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const folderWith = (name: string, contents: Readonly<Record<string, string>>): string => {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, text] of Object.entries(contents)) writeFileSync(join(path, file), text);
    return path;
  };

  it('names file, case, array, error and tolerance of a failure, and exits with 1', async () => {
    const text = readFileSync(join(data, 'distributions.json'), 'utf8');
    const { cases } = JSON.parse(text) as { cases: readonly Readonly<Record<string, unknown>>[] };
    const [first, second] = cases;
    const output = { shape: [3, 4], data: Array.from({ length: 12 }, () => 1) };
    const path = folderWith('wrong', {
      'some.json': JSON.stringify({ cases: [{ ...first, output }, second] }),
    });
    const { lines, code } = await commandLine([path]);
    expect(code).toBe(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^FAILED some\.json normal_prior_mean0\.0_std1\.0_const0: output: largest relative error \d\.\d\de\+\d, tolerance 1e-5$/,
    );
    expect(lines[1]).toBe('passed 1, failed 1, skipped 0');
  });

  it.each<[string, () => readonly string[], RegExp]>([
    ['a folder that is not there', () => [join(folder, 'none')], /^goldens: cannot read the folder .*ENOENT/],
    ['an empty folder', () => [folderWith('empty', { 'a.txt': '' })], /^goldens: there are no golden files/],
    ['a broken file', () => [folderWith('broken', { 'a.json': '{' })], /^goldens: cannot read .*a\.json/],
    ['another file', () => [folderWith('other', { 'a.json': '[]' })], /^goldens: a\.json is no golden file/],
    ['no folder', () => [], /^goldens: give one folder.*usage/],
    ['another backend', () => [data, '--backend', 'webgpu'], /^goldens: give one folder.*usage/],
    ['an unknown option', () => [data, '--fast'], /^goldens: Unknown option '--fast'; usage/],
  ])('says what is wrong with %s in one line, and ends with 2', async (_, args, line) => {
    const report = await commandLine(args());
    expect(report).toEqual({ lines: [expect.stringMatching(line)], code: 2 });
  });
});

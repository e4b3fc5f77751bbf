import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../build/version.ts';
import { random, tree } from '../../src/index.ts';
import { arrayIndex, collect, job, sampler, sweep, table } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';
import { bits } from './support/read.ts';

const key = random.key(3);
const here = import.meta.url;

let folder: string;
beforeAll(() => start('cpu'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Config {
  readonly rate: number;
  readonly name: string;
}

const shown = job(here, 'shown', ({ rate, name }: Config, own) => ({
  text: `${name}${rate}`,
  key: random.keyData(own)[1],
}));

describe('a sweep', () => {
  it('runs every combination of a grid in order, with the key of its number', async () => {
    const rows = await sweep(shown, { rate: [1, 2], name: ['a', 'b', 'c'] }, { key });
    expect(rows.map(({ config }) => config)).toEqual(
      [1, 2].flatMap((rate) => ['a', 'b', 'c'].map((name) => ({ rate, name }))),
    );
    expect(table(rows)[4]).toEqual({
      ...{ input: 4, rate: 2, name: 'b', text: 'b2' },
      key: random.keyData(random.foldIn(key, 4))[1],
    });
    expect(
      await sweep(
        shown,
        rows.map(({ config }) => config),
        { key },
      ),
    ).toEqual(rows);
  });

  it('draws the configurations of a sampler, each from a key of its own', async () => {
    const draws = sampler(3, (own) => ({ rate: random.bits(own, 1)[0]!, name: 'x' }));
    const rows = await sweep(shown, draws, { key });
    const rates = rows.map(({ config }) => config.rate);
    expect(new Set(rates).size).toBe(3);
    expect((await sweep(shown, draws, { key })).map(({ config }) => config.rate)).toEqual(rates);
    const others = await sweep(shown, draws, { key: random.key(4) });
    expect(others.some(({ config }) => rates.includes(config.rate))).toBe(false);
    // No configuration is drawn by the key of a job.
    const used = [0, 1, 2].map((i) => random.bits(random.foldIn(key, i), 1)[0]);
    expect(used.filter((draw) => rates.includes(draw!))).toEqual([]);
  });

  it('has a row for a failure too', async () => {
    const picky = job(here, 'picky', (x: number) => {
      if (x === 2) throw new Error('not 2');
      return x;
    });
    const rows = await sweep(picky, [1, 2, 3], { key });
    expect(table(rows)).toEqual([
      { input: 0, config: 1, value: 1 },
      { input: 1, config: 2, failure: 'Threw: not 2' },
      { input: 2, config: 3, value: 3 },
    ]);
  });

  it('is shared out by tasks of an array, and collected', async () => {
    const space = { rate: [1, 2, 3], name: ['a'] };
    const parts = [0, 1].map((index) => arrayIndex({ folder, index, count: 2 }));
    const rows = [];
    for (const runner of parts) rows.push(await sweep(shown, space, { key, runner }));
    expect(rows.map((some) => some.map(({ input }) => input))).toEqual([[0, 2], [1]]);
    const all = await sweep(shown, space, { key, runner: collect({ folder }) });
    expect(table(all)).toEqual(table(await sweep(shown, space, { key })));
    const journal = join(folder, 'sweep.jsonl');
    expect(() => sweep(shown, space, { key, runner: parts[0]!, journal })).toThrow(
      'parallel.sweep: runner, with a journal, must be inline(), threads() or queue()',
    );
  });

  const given = (value: unknown) => value as never;
  it.each<[string, () => unknown, string]>([
    ['a job', () => sweep(given(1), [], { key }), 'parallel.sweep: job must be a job'],
    [
      'a space',
      () => sweep(shown, given(3), { key }),
      'parallel.sweep: space must be a list of configurations, a grid or a sampler, got 3',
    ],
    [
      'a list for each setting',
      () => sweep(shown, given({ rate: [1], name: 'a' }), { key }),
      "parallel.sweep: space.name must be a list of at least one value, got 'a'",
    ],
    [
      'a value for each setting',
      () => sweep(shown, { rate: [], name: ['a'] }, { key }),
      'parallel.sweep: space.rate must be a list of at least one value, got []',
    ],
    ['a key', () => sweep(shown, [], given({})), 'parallel.sweep: key must be a random key, got undefined'],
    [
      'a runner',
      () => sweep(shown, [], { key, runner: given({}) }),
      'parallel.sweep: runner must be a runner, such as inline(), threads() or queue(), got an empty object',
    ],
    [
      'a journal',
      () => sweep(shown, [], { key, journal: given(3) }),
      'parallel.sweep: journal must be a path or a file: URL, got 3',
    ],
    [
      'true or false',
      () => sweep(shown, [], { key, mixed: given(3) }),
      'parallel.sweep: mixed must be true or false, got 3',
    ],
    ['a count', () => sampler(0, () => 1), 'parallel.sampler: count must be a positive integer, got 0'],
    ['a function', () => sampler(1, given(1)), 'parallel.sampler: draw must be a function of a key, got 1'],
  ])('refuses, at once, what is not %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('the journal of a sweep', () => {
  const ran: number[] = [];
  const failing = { at: Number.NaN };
  const noted = job(here, 'noted', (x: number, own, { log }) => {
    ran.push(x);
    log(`got ${x}`);
    if (x === failing.at) throw new Error('fails now');
    return {
      x: x === 0 ? Number.NaN : x,
      draw: random.normal(own, [2]),
      list: Array.from({ length: 20 }, () => x / 3),
    };
  });
  const file = (): string => join(folder, 'sweep.jsonl');
  const lines = () =>
    readFileSync(file(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const run = (inputs: readonly number[], options = {}) =>
    sweep(noted, inputs, { key, journal: file(), ...options });
  const values = (rows: Awaited<ReturnType<typeof run>>) =>
    rows.map(({ outcome }) => (E.isRight(outcome) ? bits(outcome.right.value) : outcome.left._tag));
  beforeEach(() => {
    ran.length = 0;
    failing.at = Number.NaN;
  });

  it('lets a stopped sweep continue, with the bits of one that was not stopped', async () => {
    const before = tf.memory().numTensors;
    const expected = values(await sweep(noted, [0, 1, 2, 3], { key }));
    ran.length = 0;
    const controller = new AbortController();
    failing.at = 2;
    const stopping = job(here, 'noted', async (x: number, own, context) => {
      if (x === 3) controller.abort();
      return noted.run(x, own, context);
    });
    const first = await sweep(stopping, [0, 1, 2, 3], { key, journal: file(), signal: controller.signal });
    expect(first.map(({ outcome }) => outcome._tag)).toEqual(['Right', 'Right', 'Left', 'Left']);
    tree.dispose(first);
    expect(lines().map(({ input, failure }) => [input, failure])).toEqual([
      [0, undefined],
      [1, undefined],
      [2, { _tag: 'Threw', message: 'fails now', stack: expect.any(String) }],
    ]);
    ran.length = 0;
    failing.at = Number.NaN;
    const rows = await run([0, 1, 2, 3]);
    expect(ran).toEqual([2, 3]);
    expect(
      rows.map(({ outcome }) => E.isRight(outcome) && [outcome.right.attempts, outcome.right.log]),
    ).toEqual([
      ...[
        [0, ['got 0']],
        [0, ['got 1']],
      ],
      ...[
        [1, ['got 2']],
        [1, ['got 3']],
      ],
    ]);
    expect(values(rows)).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('can be read by others', async () => {
    tree.dispose(await run([0, 6]));
    expect(lines()).toMatchObject([
      { input: 0, job: 'noted', config: 0, value: { x: 'NaN', draw: 'tensor', list: 'numbers' }, attempt: 1 },
      { input: 1, config: 6, value: { x: 6 }, log: ['got 6'] },
    ]);
  });

  it('runs again what is another input, job or key', async () => {
    tree.dispose(await run([1, 2]));
    tree.dispose(await run([1, 5], { journal: pathToFileURL(file()) }));
    expect(ran).toEqual([1, 2, 5]);
    tree.dispose(await run([1, 2], { key: random.key(9) }));
    expect(ran).toEqual([1, 2, 5, 1, 2]);
    expect(lines()).toHaveLength(5);
  });

  it('drops a line that a crash cut off, and refuses one that is damaged', async () => {
    tree.dispose(await run([1, 2]));
    const whole = readFileSync(file(), 'utf8');
    writeFileSync(file(), whole.slice(0, -20));
    tree.dispose(await run([1, 2, 3]));
    expect(ran).toEqual([1, 2, 2, 3]);
    expect(lines().map(({ input }) => input)).toEqual([0, 1, 2]);
    appendFileSync(file(), 'no line of ours\n');
    await expect(run([1])).rejects.toThrow(`parallel.sweep: line 4 of ${file()} is not JSON`);
    writeFileSync(file(), whole.replace(/"bytes":"..../, '"bytes":"AAAA'));
    await expect(run([1])).rejects.toThrow(`parallel.sweep: the bytes of input 0 in ${file()} are damaged`);
  });

  it('refuses results of another build, unless they may be mixed', async () => {
    tree.dispose(await run([1]));
    const other = readFileSync(file(), 'utf8').replace(`tfjs-bayesian ${version}`, 'tfjs-bayesian 9.9.9');
    writeFileSync(file(), other);
    await expect(run([1])).rejects.toThrow(
      `parallel.sweep: ${file()} has results of tfjs-bayesian 9.9.9 on Node`,
    );
    ran.length = 0;
    tree.dispose(await run([1], { mixed: true }));
    expect(ran).toEqual([]);
  });

  it('must be in a folder that is there', async () => {
    await expect(run([1], { journal: join(folder, 'none', 'a.jsonl') })).rejects.toThrow('ENOENT');
    expect(existsSync(file())).toBe(false);
    await expect(sweep(noted, [1], { key, journal: folder })).rejects.toThrow('EISDIR');
  });
});

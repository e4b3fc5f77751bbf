import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { random, tree } from '../../src/index.ts';
import { inline, type JobProgress, job, type MapOptions } from '../../src/parallel/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { heeding } from './support/jobs.ts';
import { all, bits, tags, values } from './support/read.ts';

const key = random.key(3);
const here = import.meta.url;
const { map } = inline();
const run = async <R>(
  f: (x: number, key: random.Key) => R | Promise<R>,
  inputs: readonly number[],
  options = {},
) => all(map(job(here, 'f', f), inputs, { key, ...options }));

describe('a runner on this thread', () => {
  it('gives the results in order, each from the key of its number', async () => {
    const drawn = await run((x, own) => [x, random.keyData(own)], [5, 6, 7]);
    expect(values(drawn)).toEqual([5, 6, 7].map((x, i) => [x, random.keyData(random.foldIn(key, i))]));
    const numbered = await run((_, own) => random.keyData(own), [0, 0], { numbers: [9, 4] });
    expect(values(numbered)).toEqual([9, 4].map((i) => random.keyData(random.foldIn(key, i))));
    expect(numbered.map((each) => E.isRight(each) && each.right.input)).toEqual([9, 4]);
    expect(await run(() => 1, [])).toEqual([]);
  });

  it('turns what a job throws into a value, with its log, and goes on', async () => {
    const failing = job(here, 'failing', (x: number, _key, { log }) => {
      log(`got ${x}`);
      if (x === 2) throw new RangeError('2 is too much', { cause: new Error('of it') });
      return x;
    });
    const [one, two, three] = await all(map(failing, [1, 2, 3], { key }));
    expect(one).toEqual(E.right({ input: 0, value: 1, attempts: 1, log: ['got 1'] }));
    expect(two).toMatchObject(
      E.left({ _tag: 'Threw', input: 1, message: '2 is too much: of it', attempts: 1, log: ['got 2'] }),
    );
    expect(E.isLeft(two!) && two.left.stack).toMatch(/^RangeError: 2 is too much\n +at .*inline\.test\.ts/);
    expect(three).toMatchObject(E.right({ value: 3 }));
  });

  it('passes NaN and undefined on as results, and refuses a result that cannot be sent', async () => {
    expect(values(await run((x) => [Number.NaN, undefined, x][x], [0, 1, 2]))).toEqual([
      Number.NaN,
      undefined,
      2,
    ]);
    const [sent] = await run(() => ({ f: () => 1 }), [0]);
    expect(sent).toMatchObject(
      E.left({ _tag: 'Threw', message: expect.stringMatching(/^the result of f\.f must be plain data/) }),
    );
  });

  it('tries again with the same key and what was saved', async () => {
    const seen: unknown[] = [];
    const third = job(here, 'third', async (_: null, own, { scratch, log }) => {
      const saved = (await scratch.load<{ count: number; draw: number }>()) ?? { count: 0, draw: 0 };
      const draw = random.bits(own, 1)[0]!;
      seen.push(saved.draw);
      await scratch.save({ count: saved.count + 1, draw });
      log(`attempt ${saved.count + 1}`);
      if (saved.count < 2) throw new Error('not yet');
      return draw;
    });
    const [draw] = random.bits(random.foldIn(key, 0), 1);
    expect(await all(map(third, [null], { key, attempts: 5 }))).toEqual([
      E.right({ input: 0, value: draw, attempts: 3, log: ['attempt 1', 'attempt 2', 'attempt 3'] }),
    ]);
    expect(seen).toEqual([0, draw, draw]);
    expect(await all(map(third, [null], { key, attempts: 2 }))).toMatchObject([
      E.left({ _tag: 'Threw', attempts: 2, message: 'not yet' }),
    ]);
  });

  it('goes on after the time of a job that waits', async () => {
    const waits = job(here, 'waits', (x: number, _key, { signal }) =>
      x === 1 ? new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(9))) : x,
    );
    const outcomes = await all(map(waits, [0, 1, 2], { key, timeout: 20 }));
    expect(tags(outcomes)).toEqual([0, 'TimedOut', 2]);
    expect(outcomes[1]).toMatchObject(E.left({ message: 'it took longer than 20 ms', attempts: 1 }));
  });

  it('lets a job whose time is over save what it has', async () => {
    const outcomes = await all(map(heeding, [null], { key, timeout: 20, attempts: 2 }));
    expect(outcomes).toMatchObject([E.right({ value: 'was aborted', attempts: 2 })]);
    expect(tags(await all(map(heeding, [null], { key, timeout: 20 })))).toEqual(['TimedOut']);
  });

  it('fails the rest when it is aborted', async () => {
    const controller = new AbortController();
    const aborts = job(here, 'aborts', (x: number) => {
      if (x === 1) controller.abort();
      return x === 1 ? new Promise<number>(() => undefined) : x;
    });
    const outcomes = await all(map(aborts, [0, 1, 2], { key, signal: controller.signal, attempts: 3 }));
    expect(tags(outcomes)).toEqual([0, 'Aborted', 'Aborted']);
    expect(outcomes.slice(1)).toMatchObject([E.left({ attempts: 1 }), E.left({ attempts: 0 })]);
    expect(tags(await all(map(aborts, [0], { key, signal: AbortSignal.abort() })))).toEqual(['Aborted']);
  });

  it('starts nothing before the first outcome is asked for, or after the loop is left', async () => {
    const ran: number[] = [];
    const note = job(here, 'note', (x: number) => {
      ran.push(x);
      return x;
    });
    const outcomes = map(note, [0, 1, 2, 3], { key, ahead: 1 });
    await Promise.resolve();
    expect(ran).toEqual([]);
    for await (const outcome of outcomes) if (tags([outcome])[0] === 1) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ran).toEqual([0, 1]);
  });

  it('reports progress by input, and throws what the callback throws', async () => {
    const reports = job(here, 'reports', (x: number, _key, { progress }) => {
      progress({ half: x / 2 });
      return x;
    });
    const seen: JobProgress[] = [];
    await all(map(reports, [4, 6], { key, onProgress: (each) => seen.push(each) }));
    expect(seen).toEqual([
      { input: 0, value: { half: 2 } },
      { input: 1, value: { half: 3 } },
    ]);
    const onProgress = () => {
      throw new Error('of the caller');
    };
    await expect(all(map(reports, [4, 6], { key, onProgress }))).rejects.toThrow('of the caller');
  });

  it('keeps the last lines of a log', async () => {
    const talks = job(here, 'talks', (_: null, _key, { log }) => {
      for (let i = 0; i < 500; i++) log(String(i));
    });
    const [outcome] = await all(map(talks, [null], { key }));
    expect(E.isRight(outcome!) && [outcome.right.log.length, outcome.right.log.at(-1)]).toEqual([200, '499']);
  });

  it('gives a job a copy of its input', async () => {
    const inputs = [{ list: [1, 2] }];
    const changes = job(here, 'changes', (config: { list: number[] }) => config.list.push(3));
    await all(map(changes, inputs, { key }));
    expect(inputs).toEqual([{ list: [1, 2] }]);
  });

  const f = job(here, 'f', (x: number) => x);
  const given = (value: unknown) => value as never;
  it.each<[string, () => unknown, string]>([
    [
      'a module',
      () => job('jobs.ts', 'f', () => 1),
      "parallel.job: module must be the URL of a module, import.meta.url, got 'jobs.ts'",
    ],
    [
      'a name',
      () => job(here, '', () => 1),
      "parallel.job: name must be the name under which the module exports the job, got ''",
    ],
    [
      'a function',
      () => job(here, 'f', given(1)),
      'parallel.job: run must be a function of a configuration, a key and a context, got 1',
    ],
    [
      'a job',
      () =>
        map(
          given(() => 1),
          [],
          { key },
        ),
      "parallel.inline: job must be a job, as job(import.meta.url, 'name', run) makes, got a function",
    ],
    ['inputs', () => map(f, given(3), { key }), 'parallel.inline: inputs must be a list, got 3'],
    ['a key', () => map(f, [1], given({})), 'parallel.inline: key must be a random key, got undefined'],
    ['an option', () => map(f, [1], given({ key, retries: 2 })), "parallel.inline: unknown option 'retries'"],
    [
      'attempts',
      () => map(f, [1], { key, attempts: 0 }),
      'parallel.inline: attempts must be a positive integer, got 0',
    ],
    [
      'a signal',
      () => map(f, [1], given({ key, signal: 1 })),
      'parallel.inline: signal must be an AbortSignal, got 1',
    ],
    [
      'a callback',
      () => map(f, [1], given({ key, onProgress: 1 })),
      'parallel.inline: onProgress must be a function, got 1',
    ],
    [
      'numbers',
      () => map(f, [1, 2], { key, numbers: [1, 1] }),
      'parallel.inline: numbers must be a different integer from 0 to 2^32 - 1 for each input, got [1, 1]',
    ],
  ])('refuses, at once, what is not %s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('refuses an input that cannot be sent', async () => {
    const options: MapOptions = { key };
    const sends = job(here, 'sends', (_: unknown) => 1);
    await expect(all(map(sends, [1, { at: new Date(0) }], options))).rejects.toThrow(
      'input 1 of sends.at must be plain data, a typed array, a tensor or a key, got a Date',
    );
  });
});

describeOnBackends('tensors of jobs', () => {
  const scaled = job(here, 'scaled', ({ x }: { x: tf.Tensor }, own) => {
    const noise = random.normal(own, x.shape);
    const result = { x, sum: tf.add(x, noise), twice: [x] };
    noise.dispose();
    return result;
  });

  it('come and go as copies, and none is left', async () => {
    const inputs = [{ x: tf.tensor1d([1, 2]) }, { x: tf.tensor2d([[Number.NaN]]) }];
    const before = tf.memory().numTensors;
    const results = values(await all(map(scaled, inputs, { key })));
    expect(tf.memory().numTensors).toBe(before + 6);
    const expected = inputs.map(({ x }, i) =>
      bits(tf.tidy(() => tf.add(x, random.normal(random.foldIn(key, i), x.shape)))),
    );
    expect(results.map(({ sum }) => bits(sum))).toEqual(expected);
    tree.dispose(results);
    expect(tf.memory().numTensors).toBe(before);
    expect(inputs.some(({ x }) => x.isDisposed)).toBe(false);
    tree.dispose(inputs);
  });

  it('are not left by failures, nor by results that nobody reads', async () => {
    const x = tf.ones([3]);
    const before = tf.memory().numTensors;
    const failing = job(here, 'failing', ({ x }: { x: tf.Tensor }) => {
      if (x.size === 3) throw new Error('with a tensor');
      return x;
    });
    await all(map(failing, [{ x }, { x }], { key, attempts: 2 }));
    for await (const outcome of map(scaled, [{ x }, { x }, { x }], { key })) {
      if (E.isRight(outcome)) tree.dispose(outcome.right.value);
      break;
    }
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});

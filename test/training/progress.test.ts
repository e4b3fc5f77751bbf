import { afterEach, expect, it, vi } from 'vitest';
import { adam, categorical, elbo, fit, random, trainStep, withDivergence } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { problem } from './support/problem.ts';

const train = (progress?: boolean) => {
  const { model, step, data } = problem();
  return fit(step, {
    init: model.init,
    key: random.key(0),
    batches: data,
    epochs: 2,
    ...(progress === undefined ? {} : { progress }),
  });
};

/** Makes standard error a terminal or not, and notes what is written there. */
const terminal = (isTTY: boolean): readonly string[] => {
  const written: string[] = [];
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
  restore.push(() => {
    if (before === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
    else Object.defineProperty(process.stderr, 'isTTY', before);
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  return written;
};

const restore: (() => void)[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const put of restore.splice(0)) put();
});

/** What shows the cursor again. */
const shown = '\u001b[?25h';

const line = (epoch: number): RegExp =>
  new RegExp(`^epoch ${epoch}/2: loss [\\d.]+ \\(dataFitting [\\d.]+, divergence -?[\\d.]+\\), [\\d.]+ s$`);

describeOnBackends('progress', () => {
  it('is one line per epoch without a terminal', async () => {
    const written = terminal(false);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { history } = await train();
    expect(log.mock.calls.length).toBe(2);
    const lines = log.mock.calls.map(([text]) => String(text));
    lines.forEach((text, at) => {
      expect(text).toMatch(line(at + 1));
      expect(text).toContain(`loss ${history[at]!.loss!.toPrecision(5)} `);
    });
    expect(written).toEqual([]);
  });

  it('leaves out parts of other parts, such as the divergences of variables', async () => {
    terminal(false);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { model, data } = problem();
    const each = withDivergence({ perVariable: true })(model);
    const loss = elbo({ likelihood: categorical(), datasetSize: 20 })(each);
    await fit(trainStep(loss, adam({ learningRate: 0.01 })), {
      init: model.init,
      key: random.key(0),
      batches: data,
      epochs: 2,
    });
    expect(log.mock.calls.map(([text]) => String(text))).toEqual(
      [1, 2].map((n) => expect.stringMatching(line(n))),
    );
  });

  it('shows the scores of a validation after the parts of the loss', async () => {
    terminal(false);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { model, step, data, inputs, targets } = problem();
    const validation = { data: { inputs, targets }, likelihood: categorical(), every: 2 };
    const options = { model, key: random.key(0), batches: data, epochs: 2 };
    const { validations } = await fit(step, { ...options, validation });
    const [first, second] = log.mock.calls.map(([text]) => String(text));
    expect(first).toMatch(line(1));
    const score = `, validation nll ${validations[0]!.nll!.toPrecision(5)}`;
    expect(second).toContain(`${score}), `);
    expect(second!.replace(score, '')).toMatch(line(2));
  });

  it('is one line per epoch in a notebook, whatever terminal Jupyter was started from', async () => {
    const written = terminal(true);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    Object.assign(globalThis, { __tslab__: {} });
    restore.push(() => Reflect.deleteProperty(globalThis, '__tslab__'));
    await train();
    expect(log.mock.calls.length).toBe(2);
    expect(written).toEqual([]);
  });

  it('is a bar with the time left on a terminal, lines above it, and nothing on standard output', async () => {
    const written = terminal(true);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const listening = process.listenerCount('SIGINT');
    await train();
    expect(process.listenerCount('SIGINT')).toBe(listening);
    expect(log).not.toHaveBeenCalled();
    const all = written.join('');
    expect(all).toContain('/6 steps');
    expect(all).toMatch(/loss/);
    expect(all).toContain(' left');
    expect(all).toMatch(/epoch 1\/2: loss/);
    expect(all).toMatch(/epoch 2\/2: loss/);
  });

  it('stops the bar when training fails', async () => {
    const written = terminal(true);
    const { model, step, data } = problem();
    const failing = fit(step, {
      init: model.init,
      key: random.key(0),
      batches: data,
      epochs: 2,
      onStep: () => Promise.reject(new Error('stop')),
    });
    await expect(failing).rejects.toThrow('stop');
    const after = written.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(written.length).toBe(after);
    expect(written.join('')).toContain(shown);
  });

  it.each([0, 1])('ends the process on Ctrl-C, unless %i others listen', async (others) => {
    const written = terminal(true);
    const listeners = process.listeners('SIGINT');
    process.removeAllListeners('SIGINT');
    restore.push(() => {
      process.removeAllListeners('SIGINT');
      for (const each of listeners) process.on('SIGINT', each);
    });
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const other = vi.fn();
    if (others > 0) process.on('SIGINT', other);
    const { model, step, data } = problem();
    await fit(step, {
      init: model.init,
      key: random.key(0),
      batches: data,
      epochs: 1,
      onStep: ({ step: n }) => void (n === 1 && process.emit('SIGINT', 'SIGINT')),
    });
    expect(written.join('')).toContain(shown);
    expect(kill.mock.calls).toEqual(others > 0 ? [] : [[process.pid, 'SIGINT']]);
    expect(other).toHaveBeenCalledTimes(others);
    expect(process.listenerCount('SIGINT')).toBe(others);
  });

  it('is silent with `progress: false`', async () => {
    const written = terminal(true);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await train(false);
    expect(log).not.toHaveBeenCalled();
    expect(written).toEqual([]);
  });
});

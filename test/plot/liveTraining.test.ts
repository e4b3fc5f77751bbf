import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accuracy, categorical, fit, plot, random, tree } from '../../src/index.ts';
import { stepRecord } from '../../src/plot/stepRecord.ts';
import { describeOnBackends } from '../support/backends.ts';
import { problem } from '../training/support/problem.ts';
import { drawn, marks } from './support/figures.ts';
import { type Node, named, readPoints, texts } from './support/xml.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const place = () => {
  const shown: string[] = [];
  return { shown, html: (html: string) => void shown.push(html) };
};

/** A clock that advances by a number of milliseconds on request. */
const clock = () => {
  const now = { at: 0 };
  vi.spyOn(performance, 'now').mockImplementation(() => now.at);
  return now;
};

/** The curves of the figure, as points, from the top panel down. */
const curves = (root: Node) => marks(root, 'line').flatMap((mark) => named(mark, 'path').map(readPoints));

describeOnBackends('plot.liveTraining', () => {
  it('draws the steps of fit, leaks no tensor, and ends with all of them', async () => {
    const { model, step, data } = problem();
    const display = place();
    const live = plot.liveTraining({ place: display, every: 0 });
    const before = tf.memory().numTensors;
    const fitted = await fit(step, {
      init: model.init,
      key: random.key(0),
      batches: data,
      epochs: 2,
      progress: false,
      onStep: live.onStep,
    });
    const figure = await live.finish();
    tf.dispose([fitted.params, fitted.optimizer] as never);
    expect(tf.memory().numTensors).toBe(before);
    // Three batches in each of two epochs; the last is drawn already when it is finished.
    expect(display.shown).toHaveLength(6);
    expect(display.shown.at(-1)).toBe(await plot.svg(figure));
    const root = await drawn(figure);
    expect(texts(root)).toEqual(expect.arrayContaining(['step', 'loss', 'data fitting', 'divergence']));
    expect(curves(root)[0]).toHaveLength(6);
  });

  it('draws the validation scores of fit below the losses, each above the last step of its epoch', async () => {
    const { model, step, data, inputs, targets } = problem();
    const display = place();
    const live = plot.liveTraining({ place: display, every: 0 });
    const before = tf.memory().numTensors;
    const fitted = await fit(step, {
      model,
      key: random.key(0),
      batches: data,
      epochs: 5,
      progress: false,
      onStep: live.onStep,
      onEpoch: live.onEpoch,
      validation: {
        data: { inputs, targets },
        likelihood: categorical(),
        every: 2,
        metrics: { accuracy: ({ mean }, labels) => accuracy(mean, labels) },
      },
    });
    const figure = await live.finish();
    tree.dispose(fitted);
    expect(tf.memory().numTensors).toBe(before);
    // After each of 15 steps, and of three validations.
    expect(display.shown).toHaveLength(18);
    expect(display.shown.at(-1)).toBe(await plot.svg(figure));
    const root = await drawn(figure);
    expect(texts(root)).toEqual(
      expect.arrayContaining(['step', 'loss', 'epoch', 'validation nll', 'validation accuracy']),
    );
    const [losses, ...scores] = figure.panels;
    expect(scores).toHaveLength(2);
    for (const { marginLeft, marginRight, width } of scores)
      expect([marginLeft, marginRight, width]).toEqual([
        losses!.marginLeft,
        losses!.marginRight,
        losses!.width,
      ]);
    const [loss, , , ...below] = curves(root);
    expect(below).toHaveLength(2);
    for (const [name, points] of [
      ['nll', below[0]!],
      ['accuracy', below[1]!],
    ] as const) {
      // Three steps an epoch: the validations are after steps 6, 12 and 15.
      const across = [6, 12, 15].map((n) => loss![n - 1]![0]);
      for (const [index, [x]] of points.entries()) expect(x).toBeCloseTo(across[index]!, 1);
      const values = fitted.validations.map((each) => each[name]!);
      const [y0, y1, y2] = points.map(([, y]) => y);
      // Up is larger, to scale.
      expect((y1! - y0!) * (values[2]! - values[0]!)).toBeCloseTo((y2! - y0!) * (values[1]! - values[0]!), 1);
      expect(Math.sign(y0! - y2!)).toBe(Math.sign(values[2]! - values[0]!));
    }
  });

  it('draws scores alone, skips those that are not finite, and waits as for steps', async () => {
    const now = clock();
    const display = place();
    const live = plot.liveTraining({ place: display, every: 500, yScale: 'log' });
    await live.onEpoch({ step: 10, epoch: 1, validation: undefined });
    await live.onEpoch({ step: 20, epoch: 2, validation: { epoch: 2, nll: Number.POSITIVE_INFINITY } });
    expect(display.shown).toHaveLength(0);
    const scores = [
      [-1, 0.5],
      [-2, Number.NaN],
      [-3, 0.7],
    ] as const;
    for (const [index, [nll, rmse]] of scores.entries()) {
      now.at += 300;
      await live.onEpoch({
        step: 10 * (index + 3),
        epoch: index + 3,
        validation: { epoch: index + 3, nll, rmse },
      });
    }
    expect(display.shown).toHaveLength(2);
    const [nll, rmse, ...others] = curves(await drawn(await live.finish()));
    expect([nll!.length, rmse!.length, others.length]).toEqual([3, 2, 0]);
    expect([rmse![0]![0], rmse![1]![0]]).toEqual([nll![0]![0], nll![2]![0]]);
    expect(display.shown).toHaveLength(2);
  });

  it('draws no more often than allowed, and the rest at the end', async () => {
    const now = clock();
    const display = place();
    const live = plot.liveTraining({ place: display, every: 500 });
    for (let step = 1; step <= 100; step++) {
      now.at += 20;
      const parts = { loss: tf.scalar(1 / step) };
      await live.onStep({ step, parts });
      tf.dispose(parts);
    }
    expect(display.shown).toHaveLength(4);
    const svg = await plot.svg(await live.finish());
    expect(display.shown).toHaveLength(5);
    expect(display.shown.at(-1)).toBe(svg);
    await live.finish();
    expect(display.shown).toHaveLength(5);
  });

  it('skips values that cannot be drawn, and continues', async () => {
    const display = place();
    const live = plot.liveTraining({ place: display, every: 0, yScale: 'log' });
    for (const [i, loss] of [Number.NaN, 3, -1, Number.POSITIVE_INFINITY, 2].entries())
      await live.onStep({ step: i + 1, parts: { loss: tf.scalar(loss) } });
    expect(display.shown).toHaveLength(2);
    expect(curves(await drawn(await live.finish()))[0]).toHaveLength(2);
  });
});

describe('plot.liveTraining', () => {
  it('draws in its own display in tslab, in an element elsewhere, and names what is missing', async () => {
    expect(() => plot.liveTraining()).toThrow('plot.liveTraining: place must be an element of the page');
    expect(() => plot.liveTraining({ every: -1, place: place() })).toThrow(
      'every must be a number of milliseconds',
    );
    await expect(plot.liveTraining({ place: place() }).finish()).rejects.toThrow('of at least one step');
    const display = place();
    const newDisplay = vi.fn(() => display);
    vi.stubGlobal('__tslab__', { require: () => ({ newDisplay }) });
    await tf.setBackend('cpu');
    const live = plot.liveTraining({ every: 0 });
    await live.onStep({ step: 1, parts: { loss: tf.scalar(1) } });
    expect(newDisplay).toHaveBeenCalledOnce();
    expect(display.shown).toHaveLength(1);
  });
});

describe('the record of steps', () => {
  it('holds a bounded number at equal distances, from the first on', () => {
    const record = stepRecord(10);
    for (let step = 7; step < 1007; step++) {
      if (record.wants(step)) record.keep(step, { loss: -step });
      expect(record.steps().length).toBeLessThanOrEqual(10);
    }
    const steps = record.steps();
    expect(steps[0]).toBe(7);
    expect(steps.length).toBeGreaterThanOrEqual(5);
    expect(new Set(steps.slice(1).map((step, i) => step - steps[i]!)).size).toBe(1);
    expect(record.parts().loss).toEqual(steps.map((step) => -step));
  });
});

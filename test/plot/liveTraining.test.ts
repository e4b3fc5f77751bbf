import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fit, plot, random } from '../../src/index.ts';
import { stepRecord } from '../../src/plot/stepRecord.ts';
import { describeOnBackends } from '../support/backends.ts';
import { problem } from '../training/support/problem.ts';
import { proper } from './support/figures.ts';
import { named, part, readPoints, texts } from './support/xml.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const place = () => {
  const shown: string[] = [];
  return { shown, svg: (svg: string) => void shown.push(svg) };
};

/** A clock that advances by a number of milliseconds on request. */
const clock = () => {
  const now = { at: 0 };
  vi.spyOn(performance, 'now').mockImplementation(() => now.at);
  return now;
};

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
    expect(display.shown.at(-1)).toBe(figure.svg);
    const root = proper(figure);
    expect(texts(root)).toEqual(expect.arrayContaining(['step', 'loss', 'data fitting', 'divergence']));
    expect(readPoints(named(part(root, 'data'), 'path')[0]!)).toHaveLength(6);
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
    const { svg } = await live.finish();
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
    expect(readPoints(named(part(proper(await live.finish()), 'data'), 'path')[0]!)).toHaveLength(2);
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

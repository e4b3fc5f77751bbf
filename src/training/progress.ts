import { importByName } from '../backend/importByName.ts';
import { outermost } from '../tree/parts.ts';

/** Numbers read from the parts of a loss, by name. */
export type Values = Readonly<Record<string, number>>;

/** Where training reports its progress. */
export interface Progress {
  readonly step: (done: number, values: Values) => void;
  readonly epoch: (epoch: number, seconds: number, means: Values) => void;
  readonly stop: () => void;
}

const text = (value: number): string => (Number.isFinite(value) ? value.toPrecision(5) : String(value));

const line = (epoch: number, epochs: number, seconds: number, values: Values): string => {
  // A part of another one, such as the divergence of one of many variables, would make the line too long.
  const parts = outermost(Object.keys(values)).filter((name) => name !== 'loss');
  const others = parts.map((name) => `${name} ${text(values[name] ?? Number.NaN)}`);
  const behind = others.length === 0 ? '' : ` (${others.join(', ')})`;
  return `epoch ${epoch}/${epochs}: loss ${text(values.loss ?? Number.NaN)}${behind}, ${seconds.toFixed(1)} s`;
};

/** No-op progress. */
export const silent: Progress = { step: () => {}, epoch: () => {}, stop: () => {} };

/** One line per epoch. */
const lines = (epochs: number): Progress => ({
  ...silent,
  epoch: (epoch, seconds, means) => console.log(line(epoch, epochs, seconds, means)),
});

/** Whether a bar can be drawn. Jupyter passes its own terminal on to tslab, whose cells are not terminals. */
const isTerminal = (): boolean =>
  typeof process !== 'undefined' && process.stderr?.isTTY === true && !('__tslab__' in globalThis);

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Cleans up when the process receives a signal, and lets it end: cli-progress itself swallows the signal, so Ctrl-C would
 * stop the bar and not the training. If there are other listeners, ending is left to them.
 */
const onSignal = (tidyUp: () => void): (() => void) => {
  const release = () => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals) => {
    release();
    tidyUp();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  return release;
};

/** A bar with the remaining time, on standard error; a line for each epoch stays above it. */
const bar = async (start: number, total: number, epochs: number): Promise<Progress> => {
  const { default: cliProgress } = (await importByName('cli-progress')) as {
    readonly default: typeof import('cli-progress');
  };
  const shown = new cliProgress.MultiBar({
    format: '{bar} {percentage}% | {value}/{total} steps | loss {loss} | {eta_formatted} left',
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
  const release = onSignal(() => shown.stop());
  const steps = shown.create(total, start, { loss: '-' });
  return {
    step: (done, { loss = Number.NaN }) => steps.update(done, { loss: text(loss) }),
    epoch: (epoch, seconds, means) => shown.log(`${line(epoch, epochs, seconds, means)}\n`),
    stop: () => {
      release();
      // Lines wait for the next redraw, which `stop` does not do.
      shown.update();
      shown.stop();
    },
  };
};

/**
 * A progress bar on a terminal, one line per epoch elsewhere.
 *
 * @example
 * const progress = await defaultProgress(0, 938, 1);
 */
export const defaultProgress = async (start: number, total: number, epochs: number): Promise<Progress> =>
  isTerminal() ? bar(start, total, epochs) : lines(epochs);

import * as tf from '@tensorflow/tfjs-core';
import { coverage, logScore, plot, tree } from 'tfjs-bayesian';
import { readValues } from '../backend.ts';
import { type Data, data } from './problem.ts';
import { type Found, type Settings, type Way, ways } from './ways.ts';

/** How predictions do at some points. */
interface Scores {
  /** The share of targets in their 90 % interval. */
  readonly coverage: number;
  /** The mean standard deviation of the functions. */
  readonly spread: number;
  /** In nats a point. */
  readonly nll: number;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly gap: Scores;
  readonly beside: Scores;
  readonly figure: plot.Figure;
}

const score = async ({ predicted }: Found, at: Data): Promise<Scores> => {
  const read = await readValues(
    tf.tidy(() => {
      const prediction = predicted(at);
      return {
        coverage: coverage(prediction.interval, at.y),
        spread: tf.mean(tf.sqrt(prediction.uncertainty.epistemic)),
        nll: logScore(prediction),
      };
    }),
  );
  return { coverage: read.coverage[0]!, spread: read.spread[0]!, nll: read.nll[0]! };
};

/** The predictive band from end to end, with the training points and some of the gap's. */
const draw = async (title: string, { predicted }: Found, train: Data, gap: Data): Promise<plot.Figure> => {
  const x = tf.tidy(() => tf.reshape(tf.linspace(-3, 3, 121), [121, 1]));
  const y = tf.zerosLike(x);
  const { mean, uncertainty, ...others } = predicted({ x, y });
  const heldOut = tf.tidy(() => ({ x: tf.slice(gap.x, 0, 40), y: tf.slice(gap.y, 0, 40) }));
  const figure = await plot.predictiveBand(
    { x, mean, uncertainty, data: train, heldOut },
    { title, yDomain: [-2.2, 2.2] },
  );
  tree.dispose([x, y, mean, uncertainty, others, heldOut]);
  return figure;
};

const compared = async (
  { name, title, run }: Way,
  { train, gap, beside }: ReturnType<typeof data>,
  settings: Settings,
  log: (line: string) => void,
): Promise<Row> => {
  const began = performance.now();
  const found = await run(train, settings);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const { chains } = found;
  const agreement =
    chains === undefined
      ? ''
      : `, R-hat ${chains.rHat.toFixed(3)} and effective sample size ${chains.effectiveSampleSize.toFixed(0)} at 0`;
  log(`${title}: ${seconds} s${agreement}`);
  const row = {
    ...{ name, title },
    gap: await score(found, gap),
    beside: await score(found, beside),
    figure: await draw(title, found, train, gap),
  };
  found.dispose();
  return row;
};

/** Every way, one after another: its scores and its picture. */
export const compare = async (settings: Settings, log: (line: string) => void): Promise<readonly Row[]> => {
  const all = data();
  const rows: Row[] = [];
  for (const way of ways) rows.push(await compared(way, all, settings, log));
  tree.dispose(all);
  return rows;
};

/** The scores as a table. */
export const table = (rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(({ title }) => title.length));
  const cells = ({ coverage: covered, spread, nll }: Scores): string =>
    [covered.toFixed(3), spread.toFixed(3), nll.toFixed(3)].map((text) => text.padStart(10)).join('');
  return [
    `${''.padEnd(width)}${'in the gap'.padStart(30)}${'beside it'.padStart(30)}`,
    `${''.padEnd(width)}${'coverage    spread       NLL'.padStart(30).repeat(2)}`,
    ...rows.map(({ title, gap, beside }) => `${title.padEnd(width)}${cells(gap)}${cells(beside)}`),
  ].join('\n');
};

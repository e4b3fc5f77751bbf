import * as tf from '@tensorflow/tfjs-core';
import { random, tree } from 'tfjs-bayesian';
import type { Detail } from '../models/classification.ts';
import type { Problem, Rows, State } from '../models/problem.ts';
import type { Progress } from '../shared/messages.ts';
import { type Settings, sameNetwork } from '../shared/settings.ts';
import { nextChunk, nextDetail } from './chunk.ts';

/** A panel's training data. */
export interface Task {
  readonly settings: Settings;
  readonly points: readonly unknown[];
}

/** What differs between the panels' training. */
export interface Kind<T extends Task, Picture> {
  readonly problem: (settings: Settings, rows: number) => Problem;
  readonly rows: (task: T) => Rows;
  /** The data for a frame; leaves no tensors. */
  readonly picture: (problem: Problem, state: State, task: T, detail: Detail) => Promise<Picture>;
}

/** A training session between two messages. Its tensors are `rows` and those of `state`. */
export interface Session<T extends Task> {
  readonly task: T;
  readonly problem: Problem;
  readonly state: State;
  /** The points as tensors; undefined without points. */
  readonly rows: Rows | undefined;
  readonly running: boolean;
  /** The step after which training pauses until something changes. */
  readonly until: number;
  /** Steps between frames. */
  readonly chunk: number;
  readonly milliseconds: number | undefined;
  readonly loss: number | undefined;
  /** How long the last frame took, in milliseconds. */
  readonly pictured: number;
  /** The resolution of the next frame. */
  readonly detail: Detail;
}

/** The number of steps after which no change is visible. */
export const STEPS = 2000;

/** The seed of a training session's random numbers. */
const START = random.key(0);

const makeRows = <T extends Task>(kind: Kind<T, unknown>, task: T): Rows | undefined =>
  task.points.length === 0 ? undefined : kind.rows(task);

/** A session whose training has not started. */
export const opened = <T extends Task>(kind: Kind<T, unknown>, task: T): Session<T> => {
  const problem = kind.problem(task.settings, task.points.length);
  return {
    task,
    problem,
    state: problem.init(START),
    rows: makeRows(kind, task),
    running: false,
    until: STEPS,
    chunk: 1,
    milliseconds: undefined,
    loss: undefined,
    pictured: 0,
    detail: 'coarse',
  };
};

/** Disposes a session's tensors. */
export const closed = <T extends Task>({ state, rows }: Session<T>): void =>
  tree.dispose([state.params, state.optimizer, rows ?? []]);

/** The same session, restarted. */
export const restarted = <T extends Task>(kind: Kind<T, unknown>, session: Session<T>): Session<T> => {
  closed(session);
  return { ...opened(kind, session.task), running: session.running };
};

/** The session with other points or settings; training restarts if they need another network. */
export const changed = <T extends Task>(kind: Kind<T, unknown>, session: Session<T>, task: T): Session<T> => {
  if (!sameNetwork(session.task.settings, task.settings)) return restarted(kind, { ...session, task });
  tf.dispose(Object.values(session.rows ?? {}));
  return {
    ...session,
    task,
    problem: kind.problem(task.settings, task.points.length),
    rows: makeRows(kind, task),
    until: session.state.step + STEPS,
  };
};

/** Whether the session is running and has something to train. */
export const isActive = <T extends Task>({ running, rows, state, until }: Session<T>): boolean =>
  running && rows !== undefined && state.step < until;

/** The session after some steps. The loss is read once, at the end, so that a GPU's queue does not stall in between. */
export const advanced = async <T extends Task>(session: Session<T>): Promise<Session<T>> => {
  const { rows, problem, chunk, until } = session;
  if (rows === undefined) return session;
  const began = performance.now();
  const steps = Math.min(chunk, until - session.state.step);
  let { state } = session;
  let loss: tf.Tensor | undefined;
  for (let i = 0; i < steps; i++) {
    const next = problem.update(state, rows);
    loss?.dispose();
    ({ state, loss } = next);
  }
  const [value] = (await loss?.data()) ?? [];
  loss?.dispose();
  const elapsed = performance.now() - began;
  return {
    ...session,
    state,
    loss: value ?? session.loss,
    milliseconds: elapsed / steps,
    chunk: nextChunk(steps, elapsed, session.pictured),
    running: session.running && state.step < until,
  };
};

/** A session with the time that its frame took, and the frame. */
export const pictured = async <T extends Task, Picture>(
  kind: Kind<T, Picture>,
  session: Session<T>,
): Promise<{ readonly session: Session<T>; readonly picture: Picture }> => {
  const began = performance.now();
  const picture = await kind.picture(session.problem, session.state, session.task, session.detail);
  const took = performance.now() - began;
  return { session: { ...session, pictured: took, detail: nextDetail(session.detail, took) }, picture };
};

/** The progress report of a session. */
export const reportProgress = <T extends Task>({
  running,
  state,
  milliseconds,
  loss,
}: Session<T>): Progress => ({
  running,
  step: state.step,
  milliseconds,
  loss,
  tensors: tf.memory().numTensors,
});

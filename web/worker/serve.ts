import { random } from 'tfjs-bayesian';
import { classificationPoints } from '../data/classification.ts';
import { regressionPoints } from '../data/regression.ts';
import { answers, type DigitParams } from '../models/digits.ts';
import type { ClassificationTask, RegressionTask, Reply, Request, Trained } from '../shared/messages.ts';
import { tryBackend } from './backend.ts';
import { classificationKind, regressionKind } from './kinds.ts';
import { loadDigits } from './loadDigits.ts';
import {
  advanced,
  changed,
  isActive,
  type Kind,
  opened,
  pictured,
  reportProgress,
  restarted,
  type Session,
  STEPS,
  type Task,
} from './session.ts';

/** The worker's state between two messages. */
export interface Worker {
  readonly regression?: Session<RegressionTask>;
  readonly classification?: Session<ClassificationTask>;
  readonly digits?: DigitParams;
}

type Post = (reply: Reply) => void;

const kinds = { regression: regressionKind, classification: classificationKind } as const;

/** Reports a training's progress to the page. */
const reported = async (worker: Worker, panel: Trained, post: Post): Promise<Worker> => {
  if (panel === 'regression') {
    if (worker.regression === undefined) return worker;
    const { session, picture } = await pictured(kinds.regression, worker.regression);
    post({ type: 'regression', progress: reportProgress(session), picture });
    return { ...worker, regression: session };
  }
  if (worker.classification === undefined) return worker;
  const { session, picture } = await pictured(kinds.classification, worker.classification);
  post({ type: 'classification', progress: reportProgress(session), picture });
  return { ...worker, classification: session };
};

const configured = <T extends Task>(
  kind: Kind<T, unknown>,
  session: Session<T> | undefined,
  task: T,
): Session<T> => (session === undefined ? opened(kind, task) : changed(kind, session, task));

/** The worker with `f` applied to one panel's session; unchanged if the panel has none. */
const updated = (
  worker: Worker,
  panel: Trained,
  f: <T extends Task>(kind: Kind<T, unknown>, session: Session<T>) => Session<T>,
): Worker => {
  const { regression, classification } = worker;
  if (panel === 'regression')
    return regression ? { ...worker, regression: f(kinds.regression, regression) } : worker;
  return classification ? { ...worker, classification: f(kinds.classification, classification) } : worker;
};

/** The worker's state after a message; replies go to `post`. */
export const handled = async (worker: Worker, request: Request, post: Post): Promise<Worker> => {
  switch (request.type) {
    case 'backend':
      post(await tryBackend(request.name));
      return worker;
    case 'regressionSet': {
      const { id, set, seed } = request;
      post({ type: 'regressionSet', id, points: await regressionPoints(set, random.key(seed)) });
      return worker;
    }
    case 'classificationSet': {
      const { id, set, seed } = request;
      const key = random.key(seed);
      const points = await classificationPoints(set, random.foldIn(key, 0));
      const heldOut = await classificationPoints(set, random.foldIn(key, 1), 200);
      post({ type: 'classificationSet', id, points, heldOut });
      return worker;
    }
    case 'regression':
      return reported(
        { ...worker, regression: configured(regressionKind, worker.regression, request.task) },
        'regression',
        post,
      );
    case 'classification':
      return reported(
        {
          ...worker,
          classification: configured(classificationKind, worker.classification, request.task),
        },
        'classification',
        post,
      );
    case 'run': {
      const { panel, running } = request;
      const next = updated(worker, panel, (_, session) => ({
        ...session,
        running,
        until: session.state.step < session.until ? session.until : session.state.step + STEPS,
      }));
      return reported(next, panel, post);
    }
    case 'restart':
      return reported(updated(worker, request.panel, restarted), request.panel, post);
    case 'digit': {
      const digits = worker.digits ?? (await loadDigits());
      const [answer] = await answers(digits, [request.pixels]);
      if (answer !== undefined) post({ type: 'digit', id: request.id, answer });
      return { ...worker, digits };
    }
  }
};

/** Whether any training is running. */
export const isBusy = ({ regression, classification }: Worker): boolean =>
  (regression !== undefined && isActive(regression)) ||
  (classification !== undefined && isActive(classification));

/** The worker after some steps of each running training. */
export const worked = async (worker: Worker, post: Post): Promise<Worker> => {
  let next = worker;
  if (next.regression !== undefined && isActive(next.regression))
    next = await reported({ ...next, regression: await advanced(next.regression) }, 'regression', post);
  if (next.classification !== undefined && isActive(next.classification))
    next = await reported(
      { ...next, classification: await advanced(next.classification) },
      'classification',
      post,
    );
  return next;
};

/** The worker with all training paused, as after a failure. */
export const paused = (worker: Worker): Worker => ({
  ...worker,
  ...(worker.regression && { regression: { ...worker.regression, running: false } }),
  ...(worker.classification && { classification: { ...worker.classification, running: false } }),
});

import type { Progress, Request, Trained } from '../shared/messages.ts';
import { element } from './element.ts';
import { showNoProgress } from './panel.ts';

/** How a panel asks for what it wants, as messages to the worker. */
export interface Wishes {
  readonly panel: Trained;
  /** The panel's points and settings. */
  readonly task: () => Request;
  /** The panel's data set, as question number `id`. */
  readonly set: (id: number) => Request;
}

/** What a panel sends to the worker, and when. */
export interface Trainer {
  /** Sends other points or settings: after its first training a network follows every change at once. */
  readonly follow: () => void;
  /** Asks for the data set. */
  readonly load: () => void;
  /** Whether the answer to question `id` is what is waited for, which it is once. */
  readonly takes: (id: number) => boolean;
  /** Stops waiting for an answer, and sends the points as they are. */
  readonly forgo: () => void;
  /** On a new worker, which has no data yet. */
  readonly begin: () => void;
  /** The worker has ended. */
  readonly end: () => void;
  /** Takes note of how the training goes. */
  readonly note: (progress: Progress) => void;
}

/** Trains a panel's network, by its buttons named `name-run` and `name-restart`. */
export const trainer = (
  name: string,
  send: (request: Request) => void,
  { panel, task, set }: Wishes,
): Trainer => {
  let asked = 0;
  let waiting = true;
  /** Told to train before the worker had points. */
  let eager = false;
  let progress: Progress | undefined;

  const run = (running: boolean): void => send({ type: 'run', panel, running });
  const configure = (): void => send(task());
  const follow = (): void => {
    const goesOn = eager || (progress?.step ?? 0) > 0;
    eager = false;
    configure();
    if (goesOn) run(true);
  };
  const load = (): void => {
    asked += 1;
    waiting = true;
    send(set(asked));
  };

  element(`${name}-run`).addEventListener('click', () => {
    eager = progress === undefined;
    run(!progress?.running);
  });
  element(`${name}-restart`).addEventListener('click', () => send({ type: 'restart', panel }));

  return {
    follow,
    load,
    takes: (id) => {
      const awaited = waiting && id === asked;
      if (awaited) waiting = false;
      return awaited;
    },
    forgo: () => {
      waiting = false;
      configure();
    },
    begin: () => {
      if (waiting) load();
      else follow();
    },
    end: () => {
      progress = undefined;
      showNoProgress(name);
    },
    note: (now) => {
      progress = now;
      if (now.running) eager = false;
    },
  };
};

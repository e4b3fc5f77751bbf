import type { Progress, Request, Trained } from '../shared/messages.ts';
import { element } from './element.ts';
import { showNoProgress } from './panel.ts';

/** A panel's requests, as messages to the worker. */
export interface Wishes {
  readonly panel: Trained;
  /** The panel's points and settings. */
  readonly task: () => Request;
  /** The request for the panel's data set, with an `id`. */
  readonly set: (id: number) => Request;
}

/** A panel's control of its training in the worker. */
export interface Trainer {
  /** Sends changed points or settings: once it has been trained, a network follows every change at once. */
  readonly follow: () => void;
  /** Requests the data set. */
  readonly load: () => void;
  /** Whether the reply with this `id` is the pending one; true once. */
  readonly takes: (id: number) => boolean;
  /** Ignores pending replies, and sends the current points. */
  readonly forgo: () => void;
  /** A new worker has started, without any state. */
  readonly begin: () => void;
  /** The worker has ended. */
  readonly end: () => void;
  /** Records the training's progress. */
  readonly note: (progress: Progress) => void;
}

/** Controls the training of a panel's network with its buttons `name-run` and `name-restart`. */
export const trainer = (
  name: string,
  send: (request: Request) => void,
  { panel, task, set }: Wishes,
): Trainer => {
  let asked = 0;
  let waiting = true;
  /** Whether training was requested before the worker had points. */
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

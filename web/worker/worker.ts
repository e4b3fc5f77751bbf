import { listBuffers, type Reply, type Request } from '../shared/messages.ts';
import { handled, isBusy, paused, type Worker, worked } from './serve.ts';

interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  readonly postMessage: (reply: Reply, transfer: readonly ArrayBufferLike[]) => void;
}

const scope = globalThis as unknown as Scope;
const post = (reply: Reply): void => scope.postMessage(reply, listBuffers(reply));

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Messages are handled one after another, between rounds of training and never during one. */
const inbox: Request[] = [];
const waiting: { wake: () => void } = { wake: () => {} };
scope.onmessage = ({ data }) => {
  inbox.push(data);
  waiting.wake();
};

/** Yields to the event loop, so that messages arrive. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

const message = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.wake = resolve;
  });

const guarded = async (worker: Worker, f: () => Promise<Worker>): Promise<Worker> => {
  try {
    return await f();
  } catch (error) {
    post({ type: 'failed', message: errorMessage(error) });
    return paused(worker);
  }
};

const serve = async (worker: Worker): Promise<never> => {
  let current = worker;
  for (;;) {
    const request = inbox.shift();
    if (request !== undefined) current = await guarded(current, () => handled(current, request, post));
    else if (isBusy(current)) {
      current = await guarded(current, () => worked(current, post));
      await breath();
    } else await message();
  }
};

void serve({});

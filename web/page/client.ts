import type { Reply, Request } from '../shared/messages.ts';

/** The worker as the page sees it. */
export interface Client {
  readonly send: (request: Request) => void;
  /** Terminates the worker. */
  readonly end: () => void;
}

/** Starts a worker. */
export const startClient = (listen: (reply: Reply) => void): Client => {
  const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Reply>) => listen(data);
  worker.onerror = ({ message }) =>
    listen({ type: 'failed', message: message || 'the worker could not be started' });
  return { send: (request) => worker.postMessage(request), end: () => worker.terminate() };
};

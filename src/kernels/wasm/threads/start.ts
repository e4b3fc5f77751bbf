import type { ThreadSetup } from './worker.ts';

declare const __TFJS_BAYESIAN_THREAD__: string;

/** The script of a thread as one piece of text; see worker.ts. Text needs no file that a bundler would have to find. */
const script: string = __TFJS_BAYESIAN_THREAD__;

/** A thread that runs kernels. */
export interface Thread {
  /** Resolves when the thread takes jobs; rejects if it cannot start. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Keeps the program alive for it, or not. */
  readonly keepAlive: (on: boolean) => void;
  readonly terminate: () => void;
}

/** The part of a thread of Node that is used here. */
interface NodeWorker {
  readonly on: (event: 'message' | 'error' | 'exit', f: (value: unknown) => void) => void;
  readonly terminate: () => Promise<number>;
  readonly ref: () => void;
  readonly unref: () => void;
}

interface NodeThreads {
  readonly Worker: new (code: string, options: object) => NodeWorker;
}

const message = (thrown: unknown): string =>
  (typeof thrown === 'object' && thrown !== null && 'message' in thrown && String(thrown.message)) ||
  'the script of the thread is not allowed to run';

/** The two promises of a thread, and what settles them. */
const life = () => {
  const settle: { ready?: () => void; failed?: (error: Error) => void; ended?: () => void } = {};
  const ready = new Promise<void>((resolve, reject) => {
    settle.ready = resolve;
    settle.failed = reject;
  });
  const ended = new Promise<void>((resolve) => {
    settle.ended = resolve;
  });
  // Whoever does not wait for it any more must not crash the program.
  ready.catch(() => {});
  return {
    ready,
    ended,
    isReady: () => settle.ready!(),
    failed: (thrown: unknown) => settle.failed!(new Error(message(thrown))),
    hasEnded: () => {
      settle.failed!(new Error('the thread ended'));
      settle.ended!();
    },
  };
};

const startInNode = ({ Worker }: NodeThreads, setup: ThreadSetup): Thread => {
  // Without the program's own options: its loaders would be started for each thread.
  const worker = new Worker(script, { eval: true, workerData: setup, execArgv: [], env: {} });
  const { ready, ended, isReady, failed, hasEnded } = life();
  worker.on('message', isReady);
  worker.on('error', failed);
  worker.on('exit', hasEnded);
  return {
    ready,
    ended,
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
};

const startInBrowser = (setup: ThreadSetup): Thread => {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const { ready, ended, isReady, failed, hasEnded } = life();
  worker.onmessage = ({ data }) => (data === 'ended' ? hasEnded() : isReady());
  worker.onerror = (event) => {
    event.preventDefault();
    failed(event);
    hasEnded();
  };
  worker.postMessage(setup);
  const revoke = (): void => URL.revokeObjectURL(url);
  ready.then(revoke, revoke);
  return {
    ready,
    ended,
    keepAlive: () => {},
    terminate: () => {
      worker.terminate();
      hasEnded();
    },
  };
};

/**
 * Starts a thread: a worker thread in Node, a Web Worker in a browser.
 *
 * @throws Error if it is not allowed, as by a page's content security policy
 */
export const startThread = (setup: ThreadSetup): Thread => {
  const node = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:worker_threads');
  return node ? startInNode(node as unknown as NodeThreads, setup) : startInBrowser(setup);
};

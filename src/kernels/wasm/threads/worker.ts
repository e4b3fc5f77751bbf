// The script of a thread: our compiled kernels on the memory of TensorFlow.js, and nothing else. The build makes one piece of
// text of it, which the package starts threads from: see build/compileThread.ts.

import { type Kernels, serveJobs } from './jobs.ts';

/** What a thread is given. */
export interface ThreadSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly names: readonly string[];
  readonly table: SharedArrayBuffer;
  readonly thread: number;
}

/** The parts of a Web Worker's scope, or of Node's module for threads, that are used here. */
interface Port {
  postMessage: (message: string) => void;
  onmessage?: (event: { readonly data: ThreadSetup }) => void;
  close?: () => void;
}

const run = (port: Port, { module, memory, names, table, thread }: ThreadSetup): void => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  port.postMessage('ready');
  serveJobs(names.map((name) => exports[name]) as unknown as Kernels, table, thread);
  port.postMessage('ended');
};

const node =
  typeof process === 'undefined'
    ? undefined
    : (process.getBuiltinModule?.('node:worker_threads') as
        | { readonly parentPort: Port; readonly workerData: ThreadSetup }
        | undefined);

if (node) run(node.parentPort, node.workerData);
else {
  const scope = globalThis as unknown as Port;
  scope.onmessage = ({ data }) => {
    run(scope, data);
    scope.close?.();
  };
}

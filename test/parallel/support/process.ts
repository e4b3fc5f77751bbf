import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that runs, and what it prints. */
export interface Process {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Waits for a line with a text. */
  readonly says: (text: string) => Promise<void>;
  /** Exit code and signal, once it has ended. */
  readonly ended: Promise<unknown>;
}

/** Runs a script of Node, with arguments that are strings or become JSON. */
export const running = (path: string, ...args: readonly unknown[]): Process => {
  const texts = args.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  const child = spawn(process.execPath, [path, ...texts], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    for (const each of waiting) each();
  });
  return {
    child,
    lines,
    says: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!lines.some((line) => line.includes(text))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    ended: once(child, 'exit'),
  };
};

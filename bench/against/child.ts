import { spawn } from 'node:child_process';

/** Where and how a program runs. */
export interface Surroundings {
  readonly folder: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

const onWindows = process.platform === 'win32';

/** How much of what a failed program printed is shown. */
const LINES = 20;

const lastLines = (text: string): string => text.trim().split('\n').slice(-LINES).join('\n');

/**
 * Runs a program: what it printed, once it has ended.
 *
 * @throws Error with the end of all that it printed if it fails, or if the signal ends it
 */
export const output = (
  command: string,
  args: readonly string[],
  { folder, env, signal }: Surroundings,
): Promise<string> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, which ends together: npm starts programs in turn.
      detached: !onWindows,
      // npm is a script there.
      shell: onWindows && command === 'npm',
    });
    const printed: string[] = [];
    const out: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out.push(text);
      printed.push(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text));
    const end = (): void => {
      if (onWindows || child.pid === undefined) child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    };
    signal.addEventListener('abort', end, { once: true });
    child.on('error', reject);
    // Only once it is gone: it may still write to a folder that is removed next.
    child.on('close', (code, by) => {
      signal.removeEventListener('abort', end);
      if (code === 0) return resolve(out.join(''));
      const why = signal.aborted ? 'was stopped' : `ended with ${by ?? `exit code ${code}`}`;
      reject(new Error(`${command} ${args.join(' ')} ${why}\n${lastLines(printed.join(''))}`.trimEnd()));
    });
  });

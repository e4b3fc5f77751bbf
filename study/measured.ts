import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Machine, machine } from '../bench/machine.ts';

/** What a job returns: its values, and what making them took, and where. */
export interface Measured<V> {
  readonly values: V;
  readonly seconds: number;
  /** Of all threads of the process: the row's own where it is the only one that runs. */
  readonly cpuSeconds: number;
  /** The revision of the working tree. */
  readonly commit: string;
  readonly machine: Machine;
}

/** What git prints, from the root of the working tree. */
const git = (...args: readonly string[]): string =>
  execFileSync('git', [...args], { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' });

/** The revision, marked if anything but the journal has changed since. */
const described = (): string => {
  try {
    const changed = git('status', '--porcelain', '--', '.', ':!study/results', ':!docs');
    return `${git('rev-parse', '--short=10', 'HEAD').trim()}${changed === '' ? '' : '-dirty'}`;
  } catch {
    return 'unknown';
  }
};

/** Found once, as the module is loaded: later the working tree may have moved on. */
const commit = described();

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Runs a function, with a clock. */
export const measured = async <V>(run: () => V | Promise<V>): Promise<Measured<V>> => {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const values = await run();
  const used = process.cpuUsage(cpu);
  return {
    values,
    seconds: rounded((performance.now() - start) / 1000, 2),
    cpuSeconds: rounded((used.user + used.system) / 1e6, 2),
    commit,
    machine: machine(),
  };
};

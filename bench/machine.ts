import { cpus, loadavg, totalmem } from 'node:os';

/** Where and how busy: part of every result. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** Processes that ran or waited to, over the last minute. Above 1 before a run, somebody else was at work. */
  readonly load: number;
}

/** This machine as it is now. */
export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  load: Number((loadavg()[0] ?? 0).toFixed(2)),
});

/** The machine in a line. */
export const describeMachine = ({ cpu, cores, memoryGiB, node, platform, load }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${platform}; load ${load}`;

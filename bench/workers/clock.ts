/** Milliseconds of the clock that all threads of a process share. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** When a job ran, and where; its line in the log. */
export interface Ran {
  readonly thread: number;
  readonly began: number;
  readonly ended: number;
}

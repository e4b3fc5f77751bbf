/** One thing whose time is taken. */
export interface Contender {
  /** `group/who`: those of a group do the same work. */
  readonly name: string;
  /** Whether this library's wasm kernels are on while it runs. */
  readonly kernels: boolean;
  /** The threads of this library's kernels while it runs; default 1. */
  readonly threads?: number;
  /** How often it runs in a round, for what takes too short a time alone; default 1. */
  readonly repeats?: number;
  /** Makes all that a run needs, and returns the run, whose results are there when it returns. */
  readonly start: () => Run | Promise<Run>;
}

/**
 * One run. Where results are waited for, only the last of several in a row does that, so that a GPU always has work; that
 * one then waits for all of them.
 */
export type Run = (last?: boolean) => void | Promise<void>;

/** The group of a contender's name: what stands before the slash, or all of it. */
export const groupName = (name: string): string => name.split('/')[0] ?? name;

/** Whether `only`, names or groups, asks for this contender; nothing asks for all. */
export const wanted =
  (only: readonly string[]) =>
  ({ name }: { readonly name: string }): boolean =>
    only.length === 0 || only.includes(name) || only.includes(groupName(name));

import { Worker } from 'node:worker_threads';
import { vi } from 'vitest';

/** The threads of Node that are started from here on, in order. */
export const recordWorkers = (): readonly Worker[] => {
  const started: Worker[] = [];
  class Recorded extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      started.push(this);
    }
  }
  withWorkers(Recorded);
  return started;
};

/** Puts another class in the place of Node's threads, for as long as mocks last. */
export const withWorkers = (Replacement: unknown): void => {
  const { getBuiltinModule } = process;
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) => {
    const module = getBuiltinModule(name as 'node:worker_threads');
    return name === 'node:worker_threads' ? { ...module, Worker: Replacement } : module;
  }) as typeof getBuiltinModule);
};

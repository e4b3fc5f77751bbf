import * as images from '../images/methods.ts';
import { type Planned, task } from '../planned.ts';
import * as regression from '../regression/methods.ts';
import { memory, type Subject } from './jobs.ts';

const subjects: readonly Subject[] = [
  ...(Object.keys(regression.methods) as readonly regression.MethodName[]).map(
    (method) => ({ network: '50 hidden units', method }) as const,
  ),
  ...(Object.keys(images.methods) as readonly images.MethodName[]).map(
    (method) => ({ network: 'LeNet-5', method }) as const,
  ),
];

/** A row for each method of each network. */
export const planMemory = (): readonly Planned[] =>
  subjects.map((subject) => {
    const { network, method } = subject;
    return {
      id: `memory/${network === 'LeNet-5' ? 'images' : 'regression'}/${method}`,
      label: { experiment: 'memory', dataset: 'random numbers', network, method, epochs: 1 },
      task: () => task(memory, subject),
    };
  });

/** What a row is held against, in units: one stock `tf.matMul` of [64, 784] by [784, 512] on wasm. */
export interface Limit {
  /** No more than this. */
  readonly atMost: number;
  /** Aimed at. */
  readonly goal: number;
  /** torch_blue 0.9.2 on PyTorch 2.6 with OpenBLAS and two threads, measured on another day; where known. */
  readonly torchBlue?: number;
}

/** The limits of our own rows, by the contender's name. */
export const limits: Readonly<Record<string, Limit>> = {
  'step/ours': { atMost: 85, goal: 70, torchBlue: 120 },
  'closed/ours': { atMost: 50, goal: 35, torchBlue: 22 },
  'predict10/ours': { atMost: 36, goal: 25, torchBlue: 8 },
  'outputs10/ours': { atMost: 18, goal: 12, torchBlue: 8 },
  'predict100/ours': { atMost: 300, goal: 200, torchBlue: 91 },
  'outputs100/ours': { atMost: 150, goal: 100, torchBlue: 91 },
  'encoder/ours': { atMost: 50, goal: 30, torchBlue: 31 },
  'conv/ours': { atMost: 75, goal: 50, torchBlue: 50 },
  // 100 ms where a unit is 1.41 ms.
  'save/ours': { atMost: 70, goal: 35 },
  'load/ours': { atMost: 70, goal: 35 },
};

/** Where a number of units stands against its limit. */
export const verdict = (units: number, limit: Limit | undefined): string => {
  if (limit === undefined || Number.isNaN(units)) return '';
  if (units <= limit.goal) return 'goal';
  return units <= limit.atMost ? 'within' : 'ABOVE';
};

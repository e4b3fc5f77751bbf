/** Values of some of the steps of a run, for a curve that grows. */
export interface StepRecord {
  /** Whether this step is one to be kept. */
  readonly wants: (step: number) => boolean;
  readonly keep: (step: number, values: Readonly<Record<string, number>>) => void;
  readonly steps: () => readonly number[];
  /** The values by part, in the order of `steps`. */
  readonly parts: () => Readonly<Record<string, readonly number[]>>;
}

/**
 * Keeps every step at first. When it is full it forgets every other one and from then on keeps half as many, so that it
 * holds between half of `most` and `most` steps at equal distances, however long the run is.
 */
export const stepRecord = (most: number): StepRecord => {
  let kept: readonly { readonly step: number; readonly values: Readonly<Record<string, number>> }[] = [];
  let stride = 1;
  let first: number | undefined;
  return {
    wants: (step) => first === undefined || (step - first) % stride === 0,
    keep: (step, values) => {
      first ??= step;
      kept = [...kept, { step, values }];
      if (kept.length <= most) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    steps: () => kept.map(({ step }) => step),
    parts: () =>
      Object.fromEntries(
        Object.keys(kept[0]?.values ?? {}).map((part) => [
          part,
          kept.map(({ values }) => values[part] ?? Number.NaN),
        ]),
      ),
  };
};

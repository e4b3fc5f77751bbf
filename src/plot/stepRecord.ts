/** Values of some steps of a run, for a growing curve. */
export interface StepRecord {
  /** Whether to record this step. */
  readonly wants: (step: number) => boolean;
  readonly keep: (step: number, values: Readonly<Record<string, number>>) => void;
  readonly steps: () => readonly number[];
  /** The values by part, in the order of `steps`. */
  readonly parts: () => Readonly<Record<string, readonly number[]>>;
}

/**
 * Records every step at first. When full it drops every other one and from then on records half as many, so it holds
 * between half of `most` and `most` steps at equal distances, however long the run is.
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

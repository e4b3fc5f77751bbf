// Published figures, and where they stand.

/** A line of published figures, in the order of the columns of a table. */
export interface Published {
  readonly title: string;
  readonly values: readonly (number | undefined)[];
  /** Its address. */
  readonly source: string;
}

const baselines = 'https://github.com/google/uncertainty-baselines/blob/main/baselines/uci/README.md';
const dropout = 'https://github.com/yaringal/DropoutUncertaintyExps';

/** Columns: housing, concrete, energy, yacht, wine. */
export const publishedNll: readonly Published[] = [
  { title: 'mean-field VI', values: [3.12, 3.22, 0.93, 2.01, 1.0], source: baselines },
  { title: 'refined VI', values: [2.94, 3.08, 0.75, 1.68, 0.97], source: baselines },
  { title: 'deep ensemble', values: [6.11, 3.2, 0.61, 0.73, 0.97], source: baselines },
  { title: 'MC dropout', values: [2.4, 2.93, 1.21, 1.25, 0.93], source: dropout },
];

export const publishedRmse: readonly Published[] = [
  { title: 'MC dropout', values: [2.9, 4.82, 0.54, 0.67, 0.62], source: dropout },
];

const mnistBaselines = 'https://github.com/google/uncertainty-baselines/blob/main/baselines/mnist/README.md';

/** Columns: accuracy in percent, NLL, ECE, AUROC against the other data set. */
export const publishedImages: Readonly<Record<string, readonly Published[]>> = {
  mnist: [
    { title: 'one network', values: [99.1, 0.037], source: mnistBaselines },
    { title: 'mean-field VI', values: [98.5, 0.048, 0.01], source: mnistBaselines },
    { title: 'refined VI', values: [99.0, 0.034, 0.01], source: mnistBaselines },
    { title: 'ten networks', values: [99.4, 0.016, 0.005], source: mnistBaselines },
  ],
  fashion: [
    { title: 'one network', values: [91.0, 0.321], source: mnistBaselines },
    { title: 'mean-field VI', values: [89.5, 0.292, 0.011], source: mnistBaselines },
    { title: 'refined VI', values: [90.6, 0.259, 0.011], source: mnistBaselines },
    {
      title: 'mean field, IVON',
      values: [91.0, 0.258, 0.019, 0.81],
      source: 'https://arxiv.org/abs/2402.17641',
    },
    { title: 'ten networks', values: [93.2, 0.2, 0.01], source: mnistBaselines },
  ],
};

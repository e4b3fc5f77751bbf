import type { Progress } from '../shared/messages.ts';

/** A number with a typographic minus sign. */
export const signed = (value: number, digits: number): string => value.toFixed(digits).replace('-', '−');

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** The status line below a plot. */
export const progressLine = (
  { running, step, milliseconds, loss }: Progress,
  points: number,
  extra: readonly string[] = [],
): string => {
  if (points === 0) return 'No points yet: this is the prior.';
  if (step === 0) return `${counted(points, 'point')}, not trained yet: this is the starting point.`;
  return [
    `${running ? 'step' : 'stopped at step'} ${step.toLocaleString('en')}`,
    ...(milliseconds === undefined ? [] : [`${milliseconds.toFixed(1)} ms per step`]),
    ...(loss === undefined ? [] : [`loss ${signed(loss, 1)} nats`]),
    ...extra,
  ].join(' · ');
};

/** A share in per cent. */
export const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`;

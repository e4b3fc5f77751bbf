import type { Progress, Reply } from '../shared/messages.ts';
import { element } from './element.ts';

/** A panel of the page: what it does with the worker's replies, and as a worker starts and ends. */
export interface Panel {
  readonly listen: (reply: Reply) => void;
  readonly begin: () => void;
  readonly end: () => void;
}

/** Asks for a redraw before the next frame, once however often it is called. */
export const onceAFrame = (draw: () => void): (() => void) => {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
};

/** Redraws when a plot gets another size or the page another theme. */
export const redrawOn = (canvas: HTMLCanvasElement, redraw: () => void): void => {
  new ResizeObserver(redraw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
};

/** Shows in a panel how its training goes: the button's text, and figures as data attributes for scripts. */
export const showProgress = (panel: string, progress: Progress, status: string): void => {
  const { running, step, milliseconds, loss, tensors } = progress;
  element(`${panel}-run`).textContent = running ? 'Pause' : step === 0 ? 'Train' : 'Continue';
  element(`${panel}-status`).textContent = status;
  Object.assign(element(panel).dataset, {
    running: String(running),
    step: String(step),
    milliseconds: String(milliseconds ?? ''),
    loss: String(loss ?? ''),
    tensors: String(tensors),
  });
};

/** Resets a panel whose training has not started. */
export const showNoProgress = (panel: string): void => {
  element(`${panel}-run`).textContent = 'Train';
  element(`${panel}-status`).textContent = 'waiting for the backend';
  const { dataset } = element(panel);
  for (const figure of ['running', 'step', 'milliseconds', 'loss', 'tensors', 'accuracy'])
    delete dataset[figure];
};

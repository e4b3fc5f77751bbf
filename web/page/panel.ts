import type { Choice } from '../shared/link.ts';
import type { Progress, Reply } from '../shared/messages.ts';
import { element } from './element.ts';

/** A panel of the page: how it handles the worker's replies, and a worker's start and end. */
export interface Panel {
  readonly listen: (reply: Reply) => void;
  readonly begin: () => void;
  readonly end: () => void;
}

/** A panel with settings that a link keeps. */
export interface ChoosingPanel<Set extends string> extends Panel {
  readonly choice: () => Choice<Set>;
}

/** Requests a redraw in the next frame, once however often it is called. */
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

/** Redraws when a plot's size or the page's theme changes. */
export const redrawOn = (canvas: HTMLCanvasElement, redraw: () => void): void => {
  new ResizeObserver(redraw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
};

/** Shows a panel's training progress: the button's text, and numbers as data attributes for scripts. */
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

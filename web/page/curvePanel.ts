import type { RegressionSet } from '../data/regression.ts';
import { themeOf } from '../draw/colors.ts';
import { drawCurves } from '../draw/curves.ts';
import { curveAt } from '../draw/scale.ts';
import { surfaceOf } from '../draw/surface.ts';
import type { Curves } from '../models/regression.ts';
import type { Progress, Reply, Request } from '../shared/messages.ts';
import { type Point, withoutNearest } from '../shared/points.ts';
import { regressionDefaults, type Settings } from '../shared/settings.ts';
import { regressionStops } from '../shared/stops.ts';
import { bindSettings } from './controls.ts';
import { element } from './element.ts';
import { progressLine, signed } from './format.ts';
import { onceAFrame, redrawOn, showProgress } from './panel.ts';
import { bindPointing } from './pointing.ts';

/** How near to a point a click has to be to take it away, in units of the plot. */
const REACH = 0.09;

interface State {
  readonly settings: Settings;
  readonly points: readonly Point[];
  readonly set: RegressionSet;
  readonly seed: number;
  /** The number of the last question for a data set, and whether its answer is still to come. */
  readonly asked: number;
  readonly waiting: boolean;
  /** Whether to train as soon as the worker has points. */
  readonly eager: boolean;
  readonly curves: Curves | undefined;
  readonly progress: Progress | undefined;
  readonly cross: Point | undefined;
  readonly pointer: Point | undefined;
}

/** A panel of the page: what it does with the worker's replies, and how it starts on a new worker. */
export interface Panel {
  readonly listen: (reply: Reply) => void;
  readonly begin: () => void;
}

/** What is read off the bands at one place. */
export const reading = (curves: Curves, noise: number, x: number): string => {
  const mean = signed(curveAt(curves.mean, x), 2);
  const doubt = (2 * curveAt(curves.epistemic, x)).toFixed(2);
  return `at x = ${signed(x, 2)}: mean ${mean}, unsure of the curve by ±${doubt}, noise ±${(2 * noise).toFixed(2)}`;
};

/** The panel with a curve through points. */
export const curvePanel = (send: (request: Request) => void): Panel => {
  const canvas = element<HTMLCanvasElement>('curve-plot');
  let state: State = {
    settings: regressionDefaults,
    points: [],
    set: 'gap',
    seed: 1,
    asked: 0,
    waiting: true,
    eager: false,
    curves: undefined,
    progress: undefined,
    cross: undefined,
    pointer: undefined,
  };

  const draw = onceAFrame(() => {
    const surface = surfaceOf(canvas);
    const { curves, points, settings, cross, pointer } = state;
    if (surface !== undefined)
      drawCurves(surface, themeOf(canvas), { curves, points, noise: settings.noise, cross });
    const at = cross ?? pointer;
    if (curves !== undefined && at !== undefined)
      element('curve-reading').textContent = reading(curves, settings.noise, at.x);
    element('curve').dataset.points = String(points.length);
  });
  const become = (next: Partial<State>): void => {
    state = { ...state, ...next };
    draw();
  };
  const configure = (next: Partial<State>): void => {
    become(next);
    send({ type: 'regression', task: { settings: state.settings, points: state.points } });
  };
  const run = (running: boolean): void => send({ type: 'run', panel: 'regression', running });
  /** After its first training, or when told to train too early, a network follows every change at once. */
  const reconfigure = (next: Partial<State>): void => {
    const goesOn = state.eager || (state.progress?.step ?? 0) > 0;
    configure({ ...next, eager: false });
    if (goesOn) run(true);
  };
  const ask = (next: Partial<State>): void => {
    become({ ...next, asked: state.asked + 1, waiting: true });
    const { asked, set, seed } = state;
    send({ type: 'regressionSet', id: asked, set, seed });
  };
  /** Points added while the worker makes the set stay beside it. */
  const load = (next: Partial<State>): void => ask({ ...next, points: [] });

  redrawOn(canvas, draw);
  bindSettings('curve', regressionStops, state.settings, (settings) => reconfigure({ settings }));
  bindPointing(canvas, {
    onPick: (at) => {
      const fewer = withoutNearest(state.points, at, REACH);
      reconfigure({ points: fewer.length < state.points.length ? fewer : [...state.points, at] });
    },
    onRemove: (at) => reconfigure({ points: withoutNearest(state.points, at, Number.POSITIVE_INFINITY) }),
    onMove: (at, byKeyboard) => become(byKeyboard ? { cross: at } : { pointer: at }),
  });
  element('curve-run').addEventListener('click', () => {
    if (state.progress === undefined) become({ eager: true });
    run(!state.progress?.running);
  });
  element('curve-restart').addEventListener('click', () => send({ type: 'restart', panel: 'regression' }));
  element('curve-clear').addEventListener('click', () => configure({ points: [], waiting: false }));
  element('curve-new').addEventListener('click', () => load({ seed: state.seed + 1 }));
  element<HTMLSelectElement>('curve-set').addEventListener('change', ({ currentTarget }) =>
    load({ set: (currentTarget as HTMLSelectElement).value as RegressionSet }),
  );

  return {
    listen: (reply) => {
      if (reply.type === 'regressionSet' && state.waiting && reply.id === state.asked)
        reconfigure({ points: [...reply.points, ...state.points], waiting: false });
      if (reply.type !== 'regression') return;
      become({ curves: reply.picture, progress: reply.progress });
      showProgress('curve', reply.progress, progressLine(reply.progress, state.points.length));
    },
    begin: () => {
      become({ progress: undefined });
      if (state.waiting) ask({});
      else reconfigure({});
    },
  };
};

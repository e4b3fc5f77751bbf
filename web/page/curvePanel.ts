import { readTheme } from '../draw/colors.ts';
import { drawCurves } from '../draw/curves.ts';
import { curveAt } from '../draw/scale.ts';
import { openSurface } from '../draw/surface.ts';
import type { Curves } from '../models/regression.ts';
import type { Choice } from '../shared/link.ts';
import type { Request } from '../shared/messages.ts';
import { type Point, withoutNearest } from '../shared/points.ts';
import type { RegressionSet } from '../shared/sets.ts';
import type { Settings } from '../shared/settings.ts';
import { regressionStops } from '../shared/stops.ts';
import { bindSettings } from './controls.ts';
import { element } from './element.ts';
import { progressLine, signed } from './format.ts';
import { type ChoosingPanel, onceAFrame, redrawOn, showProgress } from './panel.ts';
import { bindPointing } from './pointing.ts';
import { trainer } from './trainer.ts';

/** The distance within which a click removes a point, in units of the plot. */
const REACH = 0.09;

interface State {
  readonly settings: Settings;
  readonly points: readonly Point[];
  /** Points to be removed when the requested data set arrives. */
  readonly leaving: readonly Point[];
  readonly set: RegressionSet;
  readonly seed: number;
  readonly curves: Curves | undefined;
  readonly cross: Point | undefined;
  readonly pointer: Point | undefined;
}

/** The values of the bands at one point. */
export const reading = (curves: Curves, noise: number, x: number): string => {
  const mean = signed(curveAt(curves.mean, x), 2);
  const epistemic = (2 * curveAt(curves.epistemic, x)).toFixed(2);
  return `at x = ${signed(x, 2)}: mean ${mean}, epistemic uncertainty ±${epistemic}, noise ±${(2 * noise).toFixed(2)}`;
};

/** The panel with a curve through points. */
export const curvePanel = (
  send: (request: Request) => void,
  first: Choice<RegressionSet>,
): ChoosingPanel<RegressionSet> => {
  const canvas = element<HTMLCanvasElement>('curve-plot');
  let state: State = {
    ...first,
    points: [],
    leaving: [],
    curves: undefined,
    cross: undefined,
    pointer: undefined,
  };

  const draw = onceAFrame(() => {
    const surface = openSurface(canvas);
    const { curves, points, settings, cross, pointer } = state;
    if (surface !== undefined)
      drawCurves(surface, readTheme(canvas), { curves, points, noise: settings.noise, cross });
    const at = cross ?? pointer;
    if (curves !== undefined && at !== undefined)
      element('curve-reading').textContent = reading(curves, settings.noise, at.x);
    element('curve').dataset.points = String(points.length);
  });
  const become = (next: Partial<State>): void => {
    state = { ...state, ...next };
    draw();
  };
  const training = trainer('curve', send, {
    panel: 'regression',
    task: () => ({ type: 'regression', task: { settings: state.settings, points: state.points } }),
    set: (id) => ({ type: 'regressionSet', id, set: state.set, seed: state.seed }),
  });
  const change = (next: Partial<State>): void => {
    become(next);
    training.follow();
  };
  const load = (next: Partial<State>): void => {
    become({ ...next, leaving: state.points });
    training.load();
  };

  const staying = () => state.points.filter((point) => !state.leaving.includes(point));

  redrawOn(canvas, draw);
  bindSettings('curve', regressionStops, state.settings, (settings) => change({ settings }));
  bindPointing(canvas, {
    onPick: (at) => {
      const fewer = withoutNearest(state.points, at, REACH);
      change({ points: fewer.length < state.points.length ? fewer : [...state.points, at] });
    },
    onRemove: (at) => change({ points: withoutNearest(state.points, at, Number.POSITIVE_INFINITY) }),
    onMove: (at, byKeyboard) => become(byKeyboard ? { cross: at } : { pointer: at }),
  });
  element('curve-clear').addEventListener('click', () => {
    become({ points: [] });
    training.forgo();
  });
  element('curve-new').addEventListener('click', () => load({ seed: state.seed + 1 }));
  const set = element<HTMLSelectElement>('curve-set');
  set.value = first.set;
  set.addEventListener('change', () => load({ set: set.value as RegressionSet }));

  return {
    listen: (reply) => {
      if (reply.type === 'regressionSet' && training.takes(reply.id))
        change({ points: [...reply.points, ...staying()] });
      if (reply.type !== 'regression') return;
      const { picture, progress } = reply;
      become({ curves: picture });
      training.note(progress);
      showProgress('curve', progress, progressLine(progress, state.points.length));
    },
    choice: () => ({ settings: state.settings, set: state.set, seed: state.seed }),
    begin: training.begin,
    end: training.end,
  };
};

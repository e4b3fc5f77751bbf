import { readTheme, type Theme } from '../draw/colors.ts';
import { classPalette, drawHeat, type Palette, uncertaintyPalette } from '../draw/heat.ts';
import { mapAt } from '../draw/scale.ts';
import { openSurface } from '../draw/surface.ts';
import type { Choice } from '../shared/link.ts';
import type { ClassificationPicture, Request } from '../shared/messages.ts';
import { type LabelledPoint, type Point, withoutNearest } from '../shared/points.ts';
import type { ClassificationSet } from '../shared/sets.ts';
import type { Settings } from '../shared/settings.ts';
import { classificationStops } from '../shared/stops.ts';
import { bindSettings } from './controls.ts';
import { element } from './element.ts';
import { percent, progressLine, signed } from './format.ts';
import { type ChoosingPanel, onceAFrame, redrawOn, showProgress } from './panel.ts';
import { bindPointing } from './pointing.ts';
import { trainer } from './trainer.ts';

/** The distance within which a click removes a point, in units of the plot. */
const REACH = 0.12;

interface State {
  readonly settings: Settings;
  readonly points: readonly LabelledPoint[];
  /** Points to be removed when the requested data set arrives. */
  readonly leaving: readonly LabelledPoint[];
  readonly heldOut: readonly LabelledPoint[];
  readonly set: ClassificationSet;
  readonly seed: number;
  readonly picture: ClassificationPicture | undefined;
  readonly cross: Point | undefined;
  readonly pointer: Point | undefined;
}

const shownMaps = [
  { id: 'classes-plot', of: 'probability', palette: classPalette },
  {
    id: 'classes-aleatoric',
    of: 'aleatoric',
    palette: (theme: Theme) => uncertaintyPalette(theme, theme.aleatoric),
  },
  {
    id: 'classes-epistemic',
    of: 'epistemic',
    palette: (theme: Theme) => uncertaintyPalette(theme, theme.epistemic),
  },
] as const satisfies readonly {
  readonly id: string;
  readonly of: 'probability' | 'aleatoric' | 'epistemic';
  readonly palette: (theme: Theme) => Palette;
}[];

/** The values of the three maps at one point. */
export const reading = ({ maps }: ClassificationPicture, at: Point): string => {
  const of = (values: ArrayLike<number>): string => mapAt(values, maps.cells, at).toFixed(2);
  return (
    `at (${signed(at.x, 1)}, ${signed(at.y, 1)}): a square with probability ${of(maps.probability)}, ` +
    `aleatoric ${of(maps.aleatoric)}, epistemic ${of(maps.epistemic)} nats`
  );
};

/** The panel with two classes of points. */
export const classesPanel = (
  send: (request: Request) => void,
  first: Choice<ClassificationSet>,
): ChoosingPanel<ClassificationSet> => {
  const canvases = shownMaps.map(({ id }) => element<HTMLCanvasElement>(id));
  const canvas = element<HTMLCanvasElement>('classes-plot');
  let state: State = {
    ...first,
    points: [],
    leaving: [],
    heldOut: [],
    picture: undefined,
    cross: undefined,
    pointer: undefined,
  };

  const draw = onceAFrame(() => {
    const { picture, points, cross, pointer } = state;
    shownMaps.forEach(({ of, palette }, index) => {
      const surface = openSurface(canvases[index] as HTMLCanvasElement);
      if (surface === undefined) return;
      const theme = readTheme(canvas);
      const values = picture?.maps[of];
      drawHeat(surface, theme, {
        values,
        cells: picture?.maps.cells ?? 0,
        palette: palette(theme),
        points,
        cross,
      });
    });
    const at = cross ?? pointer;
    if (picture !== undefined && at !== undefined)
      element('classes-reading').textContent = reading(picture, at);
    element('classes').dataset.points = String(points.length);
  });
  const become = (next: Partial<State>): void => {
    state = { ...state, ...next };
    draw();
  };
  const training = trainer('classes', send, {
    panel: 'classification',
    task: () => {
      const { settings, points, heldOut } = state;
      return { type: 'classification', task: { settings, points, heldOut } };
    },
    set: (id) => ({ type: 'classificationSet', id, set: state.set, seed: state.seed }),
  });
  const change = (next: Partial<State>): void => {
    become(next);
    training.follow();
  };
  const load = (next: Partial<State>): void => {
    become({ ...next, leaving: state.points });
    training.load();
  };
  const add = (at: Point, label: 0 | 1): void => change({ points: [...state.points, { ...at, label }] });
  const staying = () => state.points.filter((point) => !state.leaving.includes(point));
  const chosen = (): 0 | 1 => (element<HTMLInputElement>('classes-label-1').checked ? 1 : 0);

  for (const each of canvases) redrawOn(each, draw);
  bindSettings('classes', classificationStops, state.settings, (settings) => change({ settings }));
  bindPointing(canvas, {
    onPick: (at) => {
      const fewer = withoutNearest(state.points, at, REACH);
      if (fewer.length < state.points.length) change({ points: fewer });
      else add(at, chosen());
    },
    onRemove: (at) => change({ points: withoutNearest(state.points, at, Number.POSITIVE_INFINITY) }),
    onMove: (at, byKeyboard) => become(byKeyboard ? { cross: at } : { pointer: at }),
    onKey: (key, at) => {
      if (key !== '1' && key !== '2') return false;
      add(at, key === '1' ? 0 : 1);
      return true;
    },
  });
  element('classes-clear').addEventListener('click', () => {
    become({ points: [], heldOut: [] });
    training.forgo();
  });
  element('classes-new').addEventListener('click', () => load({ seed: state.seed + 1 }));
  const set = element<HTMLSelectElement>('classes-set');
  set.value = first.set;
  set.addEventListener('change', () => load({ set: set.value as ClassificationSet }));

  return {
    listen: (reply) => {
      if (reply.type === 'classificationSet' && training.takes(reply.id))
        change({ points: [...reply.points, ...staying()], heldOut: reply.heldOut });
      if (reply.type !== 'classification') return;
      const { picture, progress } = reply;
      become({ picture });
      training.note(progress);
      const right = picture.accuracy;
      const extra =
        right === undefined ? [] : [`${percent(right, 1)} accuracy on ${state.heldOut.length} other points`];
      showProgress('classes', progress, progressLine(progress, state.points.length, extra));
      element('classes').dataset.accuracy = String(right ?? '');
    },
    choice: () => ({ settings: state.settings, set: state.set, seed: state.seed }),
    begin: training.begin,
    end: training.end,
  };
};

import data from '../digits/card.json';
import type { Card } from '../digits/card.ts';
import { centred } from '../digits/centre.ts';
import { example } from '../digits/examples.ts';
import { blank, type Drawing, drawnTo, lifted, lowered } from '../digits/pen.ts';
import { SIDE } from '../digits/raster.ts';
import type { Place } from '../digits/strokes.ts';
import { readTheme } from '../draw/colors.ts';
import { drawPixels, drawStrokes } from '../draw/strokes.ts';
import { openSurface } from '../draw/surface.ts';
import type { DigitAnswer } from '../models/digits.ts';
import type { Request } from '../shared/messages.ts';
import { showAnswer, showBars, showCard, showNothing } from './answer.ts';
import { element } from './element.ts';
import { onceAFrame, type Panel, redrawOn } from './panel.ts';

const card: Card = data;

interface State {
  readonly drawing: Drawing;
  /** The position of the keyboard's pen, while the keyboard is in use. */
  readonly pen: Place | undefined;
  readonly answer: DigitAnswer | undefined;
  /** The id of the last request, and whether its reply is pending. */
  readonly asked: number;
  readonly waiting: boolean;
  /** Whether the drawing has changed since that request. */
  readonly stale: boolean;
}

const arrows: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** What stands on the surface at first; the first stroke of one's own takes its place. */
const firstDrawing: Drawing = { strokes: example('three') ?? [], down: false };

const within = (value: number): number => Math.max(0, Math.min(1, value));

/** The panel on which digits are drawn. */
export const digitPanel = (send: (request: Request) => void): Panel => {
  const canvas = element<HTMLCanvasElement>('digit-plot');
  const seen = element<HTMLCanvasElement>('digit-seen');
  let state: State = {
    drawing: firstDrawing,
    pen: undefined,
    answer: undefined,
    asked: 0,
    waiting: false,
    stale: false,
  };

  /** Sends one request at a time: while a reply is pending, a change only marks the drawing as stale. */
  const ask = (): void => {
    if (state.waiting || !state.stale) return;
    const pixels = centred(state.drawing.strokes);
    state = { ...state, stale: false, waiting: pixels !== undefined, asked: state.asked + 1 };
    if (pixels === undefined) state = { ...state, answer: undefined };
    else send({ type: 'digit', id: state.asked, pixels });
  };
  // At most one request per frame, however many lines were drawn in it.
  const draw = onceAFrame(() => {
    ask();
    const theme = readTheme(canvas);
    const surface = openSurface(canvas);
    const { drawing, pen, answer } = state;
    if (surface !== undefined)
      drawStrokes(surface, theme, drawing.strokes, pen && { ...pen, down: drawing.down });
    drawPixels(seen, theme, centred(drawing.strokes) ?? new Float32Array(SIDE * SIDE));
    if (answer === undefined) showNothing(card);
    else showAnswer(answer, card);
    element('digit').dataset.stale = String(state.stale || state.waiting);
  });
  const become = (drawing: Drawing, pen: Place | undefined = state.pen): void => {
    const changed = drawing.strokes !== state.drawing.strokes;
    state = { ...state, drawing, pen, stale: state.stale || changed };
    if (changed) element('digit').dataset.stale = 'true';
    draw();
  };
  const at = ({ clientX, clientY }: PointerEvent): Place => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return { x: within((clientX - left) / width), y: within((clientY - top) / height) };
  };

  const lower = (place: Place): Drawing =>
    lowered(state.drawing.strokes === firstDrawing.strokes ? blank : state.drawing, place);

  redrawOn(canvas, draw);
  showBars(element('digit-bars'));
  showCard(card);
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    // Synthetic pointers, such as those of scripts, cannot be captured.
    if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
    become(lower(at(event)), undefined);
  });
  canvas.addEventListener('pointermove', (event) => become(drawnTo(state.drawing, at(event))));
  for (const end of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(end, () => become(lifted(state.drawing)));
  canvas.addEventListener('blur', () => {
    state = { ...state, pen: undefined, drawing: lifted(state.drawing) };
    draw();
  });
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pen = state.pen ?? { x: 0.5, y: 0.25 };
    const arrow = arrows[event.key];
    const step = event.shiftKey ? 0.12 : 0.04;
    if (arrow !== undefined) {
      const to = { x: within(pen.x + step * arrow.x), y: within(pen.y + step * arrow.y) };
      become(drawnTo(state.drawing, to), to);
    } else if (event.key === ' ' || event.key === 'Enter')
      become(state.drawing.down ? lifted(state.drawing) : lower(pen), pen);
    else if (event.key === 'Delete' || event.key === 'Backspace') become(blank, pen);
    else return;
    event.preventDefault();
  });
  element('digit-clear').addEventListener('click', () => become(blank, undefined));
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-example]'))
    button.addEventListener('click', () => {
      const strokes = example(button.dataset.example ?? '');
      if (strokes !== undefined) become({ strokes, down: false }, undefined);
    });

  return {
    listen: (reply) => {
      if (reply.type !== 'digit' || reply.id !== state.asked) return;
      state = { ...state, answer: reply.answer, waiting: false };
      draw();
    },
    begin: () => {
      state = { ...state, stale: state.drawing.strokes.length > 0 };
      draw();
    },
    end: () => {
      state = { ...state, waiting: false };
    },
  };
};

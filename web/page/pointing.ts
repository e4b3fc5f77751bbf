import { toPlot, withinPlot } from '../draw/scale.ts';
import type { Point } from '../shared/points.ts';

/** A user's actions on a plot, by pointer or by keyboard. */
export interface Pointing {
  /** A click, or Enter at the cross. */
  readonly onPick: (at: Point) => void;
  /** Delete at the cross. */
  readonly onRemove: (at: Point) => void;
  /** The pointer or the cross is at this point; undefined when it has left. */
  readonly onMove: (at: Point | undefined, byKeyboard: boolean) => void;
  /** Any other key, at the cross; returns whether it was handled. */
  readonly onKey?: (key: string, at: Point) => boolean;
}

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: 1 },
  ArrowDown: { x: 0, y: -1 },
};

/** The cross's position after an arrow key; undefined for other keys. */
export const steered = (at: Point, key: string, far: boolean): Point | undefined => {
  const arrow = arrows[key];
  const step = far ? 0.5 : 0.1;
  return arrow && withinPlot({ x: at.x + step * arrow.x, y: at.y + step * arrow.y });
};

/** Listens to a plot's events. */
export const bindPointing = (
  canvas: HTMLCanvasElement,
  { onPick, onRemove, onMove, onKey }: Pointing,
): void => {
  let cross: Point = { x: 0, y: 0 };
  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return withinPlot(toPlot({ width, height }, { x: clientX - left, y: clientY - top }));
  };
  canvas.addEventListener('click', (event) => {
    // A click by keyboard or by assistive technology has no position.
    onPick(event.detail === 0 ? cross : at(event));
  });
  canvas.addEventListener('pointermove', (event) => onMove(at(event), false));
  canvas.addEventListener('pointerleave', () => onMove(undefined, false));
  canvas.addEventListener('blur', () => onMove(undefined, true));
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = steered(cross, event.key, event.shiftKey);
    if (to !== undefined) cross = to;
    else if (event.key === 'Enter' || event.key === ' ') onPick(cross);
    else if (event.key === 'Delete' || event.key === 'Backspace') onRemove(cross);
    else if (!onKey?.(event.key, cross)) return;
    event.preventDefault();
    onMove(cross, true);
  });
};

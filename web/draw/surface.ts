import type { Size } from './scale.ts';

/** A canvas with the resolution of the screen, and its size in CSS pixels, the units for drawing. */
export interface Surface extends Size {
  readonly context: CanvasRenderingContext2D;
}

/** The surface of a canvas at its current size, cleared. */
export const openSurface = (canvas: HTMLCanvasElement): Surface | undefined => {
  const context = canvas.getContext('2d');
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0 || height === 0) return undefined;
  const ratio = globalThis.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
};

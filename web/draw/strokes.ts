import type { Place, Strokes } from '../digits/strokes.ts';
import { css, type Theme } from './colors.ts';
import type { Surface } from './surface.ts';

/** The width of the pen, as a share of the surface. */
const PEN = 0.055;

/** A drawing with coordinates from 0 to 1, and the keyboard's pen if that is in use. */
export const drawStrokes = (
  { context, width }: Surface,
  theme: Theme,
  strokes: Strokes,
  pen: (Place & { readonly down: boolean }) | undefined,
): void => {
  context.strokeStyle = css(theme.ink);
  context.lineWidth = PEN * width;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach(({ x, y }, i) => {
      if (i === 0) context.moveTo(x * width, y * width);
      context.lineTo(x * width, y * width);
    });
    context.stroke();
  }
  if (pen === undefined) return;
  context.beginPath();
  context.arc(pen.x * width, pen.y * width, (PEN / 2) * width + 3, 0, 2 * Math.PI);
  context.lineWidth = 2;
  context.strokeStyle = css(theme.curve);
  context.stroke();
  if (!pen.down) return;
  context.fillStyle = css(theme.curve);
  context.fill();
};

/** Draws the picture that the network sees, pixel by pixel. */
export const drawPixels = (
  canvas: HTMLCanvasElement,
  { paper, ink }: Theme,
  pixels: ArrayLike<number>,
): void => {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < pixels.length; i++) {
    const t = pixels[i] as number;
    image.data.set([...paper.map((value, part) => value + t * ((ink[part] as number) - value)), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
};

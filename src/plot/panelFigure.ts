import { assembleFigure, type Figure } from './figure.ts';
import type { FigureOptions } from './options.ts';
import { drawPanel, type Panel } from './panel.ts';

/** A figure of one panel; `description` is the text alternative. */
export const panelFigure = (panel: Panel, description: string, options: FigureOptions): Figure =>
  assembleFigure(
    {
      width: panel.width,
      height: panel.height,
      description,
      parts: [{ x: 0, y: 0, draw: (paint) => drawPanel(panel, paint) }],
    },
    options,
  );

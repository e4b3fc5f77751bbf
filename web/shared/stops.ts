import type { Settings } from './settings.ts';

/** The settings that have a slider. */
export const sliders = ['width', 'priorScale', 'temperature', 'samples'] as const;
export type Slider = (typeof sliders)[number];

/** The values of a slider. */
export type Stops = Readonly<Record<Slider, readonly number[]>>;

const common = {
  samples: [1, 2, 4, 8, 16],
  temperature: [0.03, 0.1, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10],
};

export const regressionStops: Stops = {
  ...common,
  width: [6, 8, 12, 16, 20, 24, 32, 40],
  priorScale: [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3],
};

export const classificationStops: Stops = {
  ...common,
  width: [16, 25, 36, 49, 64, 81, 100, 121, 144],
  priorScale: [0.3, 0.5, 1, 1.5, 2, 3, 5, 8],
};

/** The stop nearest to a value. */
export const indexOf = (stops: readonly number[], value: number): number =>
  stops.reduce(
    (best, stop, index) =>
      Math.abs(stop - value) < Math.abs((stops[best] as number) - value) ? index : best,
    0,
  );

/** Settings with one slider moved to a stop, clamped to the nearest end. */
export const moved = (settings: Settings, stops: Stops, slider: Slider, index: number): Settings => {
  const own = stops[slider];
  const value = own[Math.max(0, Math.min(own.length - 1, Math.round(index)))] as number;
  return { ...settings, [slider]: value };
};

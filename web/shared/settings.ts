/** What the hidden units of a network answer to. */
export type Units = 'bumps' | 'tanh' | 'relu';

/** What the sliders of a panel say. */
export interface Settings {
  /** Draws of the weights in each training step. */
  readonly samples: number;
  /** How far functions are believed to go before any data, in units of the axis (regression) or of log odds. */
  readonly priorScale: number;
  /** Multiplies the divergence from the prior: 1 is Bayes' rule. */
  readonly temperature: number;
  /** Hidden units. */
  readonly width: number;
  readonly units: Units;
  /** The standard deviation of the noise that the regression takes its data to have. */
  readonly noise: number;
}

/** Whether parameters trained under one setting are of the same network under another. */
export const sameNetwork = (a: Settings, b: Settings): boolean => a.width === b.width && a.units === b.units;

export const regressionDefaults: Settings = {
  samples: 4,
  priorScale: 0.7,
  temperature: 1,
  width: 24,
  units: 'bumps',
  noise: 0.12,
};

export const classificationDefaults: Settings = {
  samples: 4,
  priorScale: 3,
  temperature: 1,
  width: 100,
  units: 'bumps',
  noise: 0.12,
};

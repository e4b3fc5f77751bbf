/** The kinds of hidden units. */
export const units = ['bumps', 'tanh', 'relu'] as const;
export type Units = (typeof units)[number];

/** How the weights are inferred: mean field with Adam or with IVON, or an ensemble of mean-field networks. */
export const methods = ['meanField', 'ivon', 'ensemble'] as const;
export type Method = (typeof methods)[number];

/** The settings of a panel. */
export interface Settings {
  /** Weight samples in each training step. */
  readonly samples: number;
  /** The scale of functions under the prior, in units of the axis (regression) or of log odds. */
  readonly priorScale: number;
  /** Multiplies the divergence from the prior: 1 is Bayes' rule. */
  readonly temperature: number;
  /** Hidden units. */
  readonly width: number;
  readonly units: Units;
  readonly method: Method;
  /** The standard deviation of the noise that the regression assumes. */
  readonly noise: number;
}

/** Whether parameters trained with one setting fit the network of another. */
export const sameNetwork = (a: Settings, b: Settings): boolean =>
  a.width === b.width && a.units === b.units && a.method === b.method;

export const regressionDefaults: Settings = {
  samples: 4,
  priorScale: 0.7,
  temperature: 1,
  width: 24,
  units: 'bumps',
  method: 'meanField',
  noise: 0.12,
};

export const classificationDefaults: Settings = {
  samples: 4,
  priorScale: 3,
  temperature: 1,
  width: 100,
  units: 'bumps',
  method: 'meanField',
  noise: 0.12,
};

/** The data sets of the regression panel. */
export const regressionSets = ['gap', 'waves', 'few', 'none'] as const;
export type RegressionSet = (typeof regressionSets)[number];

/** The data sets of the classification panel. */
export const classificationSets = ['moons', 'circles', 'overlap', 'none'] as const;
export type ClassificationSet = (typeof classificationSets)[number];

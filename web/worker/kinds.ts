import { accuracyOn, classification, classificationRows, maps } from '../models/classification.ts';
import { type Curves, curves, regression, regressionRows } from '../models/regression.ts';
import type { ClassificationPicture, ClassificationTask, RegressionTask } from '../shared/messages.ts';
import type { Kind } from './session.ts';

/** Training on points of a curve. */
export const regressionKind: Kind<RegressionTask, Curves> = {
  problem: regression,
  rows: ({ points }) => regressionRows(points),
  picture: curves,
};

/** Training on points of two classes. */
export const classificationKind: Kind<ClassificationTask, ClassificationPicture> = {
  problem: classification,
  rows: ({ points }) => classificationRows(points),
  picture: async (problem, state, { heldOut }, detail) => ({
    maps: await maps(problem, state, detail),
    accuracy: await accuracyOn(problem, state, heldOut, detail),
  }),
};

export {
  type QuantileIntervals,
  type QuantilesOptions,
  quantiles,
  type RegressionIntervals,
  type RegressionOptions,
  type RegressionPrediction,
  regression,
} from './intervals.ts';
export { type ClassSets, type RandomizedClassSets, type SetsOptions, sets } from './sets.ts';

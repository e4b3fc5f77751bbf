import type { Maps } from '../models/classification.ts';
import type { DigitAnswer } from '../models/digits.ts';
import type { Curves } from '../models/regression.ts';
import type { LabelledPoint, Point } from './points.ts';
import type { ClassificationSet, RegressionSet } from './sets.ts';
import type { Settings } from './settings.ts';

/** The backends that the page offers. */
export const backendChoices = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** A panel with training. */
export type Trained = 'regression' | 'classification';

/** The contents of a training panel, which determine its network. */
export interface RegressionTask {
  readonly settings: Settings;
  readonly points: readonly Point[];
}

export interface ClassificationTask {
  readonly settings: Settings;
  readonly points: readonly LabelledPoint[];
  /** Held-out points of the same data set; empty if there are none. */
  readonly heldOut: readonly LabelledPoint[];
}

/** From the page to the worker. The reply to a request with an `id` has the same one. */
export type Request =
  | { readonly type: 'backend'; readonly name: BackendChoice }
  | {
      readonly type: 'regressionSet';
      readonly id: number;
      readonly set: RegressionSet;
      readonly seed: number;
    }
  | {
      readonly type: 'classificationSet';
      readonly id: number;
      readonly set: ClassificationSet;
      readonly seed: number;
    }
  | { readonly type: 'regression'; readonly task: RegressionTask }
  | { readonly type: 'classification'; readonly task: ClassificationTask }
  | { readonly type: 'run'; readonly panel: Trained; readonly running: boolean }
  | { readonly type: 'restart'; readonly panel: Trained }
  | { readonly type: 'digit'; readonly id: number; readonly pixels: Float32Array };

/** The progress of a training run. */
export interface Progress {
  readonly running: boolean;
  readonly step: number;
  /** Milliseconds per step, over the last few; undefined before the first. */
  readonly milliseconds: number | undefined;
  /** The negative ELBO in nats; undefined before the first step. */
  readonly loss: number | undefined;
  /** The number of tensors in the worker. */
  readonly tensors: number;
}

/** The maps, and the accuracy on held-out points. */
export interface ClassificationPicture {
  readonly maps: Maps;
  readonly accuracy: number | undefined;
}

/** From the worker to the page. */
export type Reply =
  | {
      readonly type: 'backend';
      readonly name: string;
      /** The adapter that it runs on, if known. */
      readonly adapter: string | undefined;
      readonly software: boolean;
      /** Why others were not used, a line each. */
      readonly passedOver: readonly string[];
    }
  | { readonly type: 'regressionSet'; readonly id: number; readonly points: readonly Point[] }
  | {
      readonly type: 'classificationSet';
      readonly id: number;
      readonly points: readonly LabelledPoint[];
      readonly heldOut: readonly LabelledPoint[];
    }
  | { readonly type: 'regression'; readonly progress: Progress; readonly picture: Curves }
  | { readonly type: 'classification'; readonly progress: Progress; readonly picture: ClassificationPicture }
  | { readonly type: 'digit'; readonly id: number; readonly answer: DigitAnswer }
  | { readonly type: 'failed'; readonly message: string };

/** The buffers of a reply that may move to the page instead of being copied. */
export const listBuffers = (reply: Reply): readonly ArrayBufferLike[] => {
  switch (reply.type) {
    case 'regression': {
      const { mean, epistemic, functions } = reply.picture;
      return [mean, epistemic, ...functions].map(({ buffer }) => buffer);
    }
    case 'classification': {
      const { probability, aleatoric, epistemic } = reply.picture.maps;
      return [probability, aleatoric, epistemic].map(({ buffer }) => buffer);
    }
    default:
      return [];
  }
};

/** The trained network's model card: its training, its scores, and the threshold above which it rejects. */
export interface Card {
  readonly epochs: number;
  readonly trainedOn: number;
  /** The share of weights that are not pruned. */
  readonly kept: number;
  /** MNIST's 10,000 test images. */
  readonly test: {
    readonly accuracy: number;
    /** Negative log likelihood in nats. */
    readonly nll: number;
    readonly ece: number;
  };
  /** Test digits redrawn with the page's pen along their centre lines. */
  readonly redrawn: {
    readonly count: number;
    readonly accuracy: number;
    /** The share that is rejected. */
    readonly refused: number;
  };
  /** The drawings of `letters.ts`, which are not digits. */
  readonly others: {
    readonly count: number;
    readonly refused: number;
    /** How well epistemic uncertainty separates them from the redrawn digits: 0.5 is chance, 1 perfect. */
    readonly auroc: number;
  };
  /** The epistemic uncertainty, in nats, above which a drawing is rejected as not a digit. */
  readonly threshold: number;
  /** The share of redrawn held-out digits below the threshold, and their number. */
  readonly quantile: number;
  readonly heldOut: number;
}

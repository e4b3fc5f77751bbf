/** The card of the trained network: how it was trained, what it reached, and the threshold above which it rejects. */
export interface Card {
  readonly epochs: number;
  readonly trainedOn: number;
  /** MNIST's 10,000 test images. */
  readonly test: {
    readonly accuracy: number;
    /** Negative log likelihood in nats. */
    readonly nll: number;
    readonly ece: number;
  };
  /** Test digits drawn again with the page's pen along their middle lines. */
  readonly redrawn: {
    readonly count: number;
    readonly accuracy: number;
    /** The share that is refused. */
    readonly refused: number;
  };
  /** The drawings of `letters.ts`, which are no digits. */
  readonly others: {
    readonly count: number;
    readonly refused: number;
    /** How well epistemic uncertainty separates them from the redrawn digits: 0.5 is chance, 1 perfect. */
    readonly auroc: number;
  };
  /** Epistemic uncertainty, in nats, above which a drawing counts as no digit. */
  readonly threshold: number;
  /** The share of held-out digits, redrawn, below the threshold, and how many they were. */
  readonly quantile: number;
  readonly heldOut: number;
}

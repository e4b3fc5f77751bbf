/**
 * What the study says, for whoever reads only that. Written by hand and without numbers, which the tables have: read it again
 * whenever the journal grows.
 */
export const remarks = `**The best log scores here are as good as the best published ones, and a mixture of posteriors is the safest way to them.**
Ten mean fields come first or second on every table but energy, where ordinary networks are ahead: there the target has hardly any
noise, and a mean field has not found so exact a mean after the same 400 steps. Published mean-field inference is behind by
far on most tables. What makes the difference is mostly not the family of the posterior but what it is trained with: a
prior scaled by fan-in, a temperature below 1, which nearly every search chose, and noise that was checked on rows held back.
The best of eight methods on test rows is a little flattered by that choice.

**More flexible posteriors lose.** Low rank and full covariance have worse scores than the mean field whose settings they share.
In as many steps, gradients from two samples of the weights, shared by all rows, are noisier than those with noise of its own for
each row, which only independent weights allow; longer training and settings of their own may change that, and the table does
not show it. A single ordinary network has good means and, even with its noise checked, the least reliable log scores on small
tables: a few test rows far outside its intervals cost more than all others gain. Intervals of all methods tend to be wide in the
middle and right at 90 %: a normal distribution of the noise has too light tails for these tables.

**Mixtures cost less than their number of members,** since all members are computed at once: see [the cost](#cost). Not run yet, and
blank below, are Monte Carlo and the images, which take hours on two cores; \`npm run study\` goes on with them.`;

/**
 * What the study says, for whoever reads only that. Written by hand and with few numbers, which the tables have: read it again
 * whenever the journal grows.
 */
export const remarks = `**Log scores are as good as the best published ones, and a mixture of posteriors is the safest way to them.**
Ten mean fields come first on every table but energy, where ordinary networks are ahead: its target has hardly any noise, and in
400 steps a mean field has not found so exact a mean. There a single mean field is also worse than the published one. What makes
the difference is less the family of the posterior than what it is trained with: a prior scaled by fan-in, a temperature below
1, which nearly every search chose, and noise that was checked on rows held back. The best of eight methods on test rows is a
little flattered by that choice.

**More flexible posteriors and IVON lose.** Low rank and full covariance have worse scores than the mean field whose settings they
share, on all tables but wine. Their gradients, from two samples of the weights for all rows, are noisier than those with noise
for each row, which only independent weights allow; IVON is trained for few steps by its measure, and with noise predicted for each
row (yacht) its intervals are too narrow. Longer training, and settings of their own, may change that: the table does not show
it. A single ordinary network has good means, but less reliable log scores than mixtures: a few test rows far outside its
intervals cost more than all others gain.

**On images, ten networks have the best probabilities, and IVON is the best single network.** Both orders of the methods are the
same on MNIST and Fashion-MNIST by log score, but for the mean field by Adam, which is ahead of IVON on MNIST and behind an
ordinary network on Fashion-MNIST. How uncertain a network is about images of another kind is another matter: on Fashion-MNIST
the mean field by Adam, which fits worst, tells them apart better than IVON, and ten networks do it best. None reaches the
published ten networks, which are trained for longer. Twelve epochs, no augmentation and one seed: differences of a tenth
of a percent mean nothing.

**Mixtures cost less than their number of members,** since all members are computed at once: see [the cost](#cost). Lines
without numbers have not been run, nor have a second and a third seed of the images: \`npm run study\` goes on with them.`;

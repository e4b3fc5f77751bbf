/** What the study says, for whoever reads only that. Written by hand: look at it again whenever the journal grows. */
export const remarks = `TO BE WRITTEN`;

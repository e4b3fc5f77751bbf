/** The folders of src that are entries of the package as well, each `tfjs-bayesian/<name>`. */
export const subpaths = [
  'backend',
  'tree',
  'vmap',
  'random',
  'distributions',
  'layers',
  'transforms',
  'optimizers',
  'training',
  'parallel',
  'metrics',
  'checkpoint',
  'plot',
] as const;

const tf = require('@tensorflow/tfjs-core');
const library = require(process.argv[2]);

import('./bare-report.mjs').then(({ bare }) => bare(tf, library));

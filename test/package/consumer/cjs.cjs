require('@tensorflow/tfjs-backend-cpu');
const tf = require('@tensorflow/tfjs-core');

const library = require(process.argv[2]);
import('./report.mjs').then(({ report }) => report(tf, { names: Object.keys(library).length > 0 }));

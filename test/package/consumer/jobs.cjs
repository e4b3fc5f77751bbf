const { pathToFileURL } = require('node:url');
const tf = require('@tensorflow/tfjs-core');
const { random } = require('tfjs-bayesian');
const { job } = require('tfjs-bayesian/parallel');

exports.scaled = job(pathToFileURL(__filename).href, 'scaled', ({ x }, key) => {
  const noise = random.normal(key, x.shape);
  const result = { x, product: tf.mul(x, noise) };
  noise.dispose();
  return result;
});

let runs = 0;
exports.counted = job(pathToFileURL(__filename).href, 'counted', () => {
  runs += 1;
  return runs;
});

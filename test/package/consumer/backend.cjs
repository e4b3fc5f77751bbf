const tf = require('@tensorflow/tfjs-core');
const { useBackend } = require('tfjs-bayesian/backend');

const main = async () => {
  const { left, right } = await useBackend(process.argv[2])();
  const wasm = await useBackend('wasm')();
  const then = [wasm._tag, tf.getBackend(), tf.square(3).dataSync()[0]];
  console.log(JSON.stringify({ asked: left ?? { name: right.name }, then }));
};
main();

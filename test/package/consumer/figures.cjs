const { plot } = require('tfjs-bayesian');

const drawn = async () => (await plot.svg(await plot.trainingCurves({ loss: [2, 1] }))).slice(0, 4);
drawn().then(
  (start) => console.log(JSON.stringify(start)),
  ({ message }) => console.log(JSON.stringify(message)),
);

import { plot } from 'tfjs-bayesian';

const drawn = async () => (await plot.svg(await plot.trainingCurves({ loss: [2, 1] }))).slice(0, 4);
console.log(JSON.stringify(await drawn().catch(({ message }) => message)));

import '@tensorflow/tfjs-backend-cpu';
import { bayesian, checkpoint, linear, random } from 'tfjs-bayesian';

const model = bayesian()(linear(2, 1));
const saved = await checkpoint.save(model)('net.safetensors')(model.init(random.key(0)))();
const loaded = await checkpoint.load(model)('net.safetensors')();
const contents = await checkpoint.inspect('net.safetensors')();
console.log(
  JSON.stringify({
    saved: saved._tag,
    shape: loaded.right.weight.mean.shape,
    version: contents.right.metadata.get('version'),
  }),
);

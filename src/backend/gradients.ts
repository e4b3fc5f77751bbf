// In Node, @tensorflow/tfjs-core loads without its gradients, and their module cannot be imported there as it
// is. build/coreGradients.ts makes this import work, for the tests as in the built package.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

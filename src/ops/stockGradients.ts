// @tensorflow/tfjs-core registers no gradients by itself, and Node cannot import the module that does: its imports
// have no file extensions. build/coreGradients.ts makes this line work, in the tests as in the build.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

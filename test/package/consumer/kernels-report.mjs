/** Prints as JSON whether the library's kernels for wasm are in use, and can be put away, with this copy of tfjs-core. */
export const kernels = (tf, { useKernels }) => {
  const registered = () => tf.getKernel('BatchMatMul', 'wasm');
  const product = () => [...tf.matMul(tf.ones([2, 1, 3]), tf.ones([2, 1, 3]), false, true).dataSync()];
  const ours = registered();
  const value = product();
  const huge = tf.ones([65_536, 1]);
  const outOfMemory = (() => {
    try {
      return tf.matMul(huge, huge, false, true).shape;
    } catch (error) {
      return error.message;
    }
  })();
  const shared = tf.ones([3, 1]);
  const gradient = tf.grad((x) => tf.matMul(tf.ones([2, 1, 3]), x))(shared).shape;
  useKernels(false);
  const off = registered() !== ours;
  const stockValue = product();
  useKernels(true);
  console.log(JSON.stringify({ backend: tf.getBackend(), value, outOfMemory, gradient, off, stockValue }));
};

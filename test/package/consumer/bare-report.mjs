/** Prints as JSON how much of gradients and kernels a program has. */
export const bare = (tf, library) => {
  const gradients = [tf.Square, tf.Sum, tf.BatchMatMul].filter((name) => tf.getGradient(name) !== undefined);
  const kernels = ['cpu', 'wasm', 'webgpu'].flatMap((name) => tf.getKernelsForBackend(name));
  console.log(
    JSON.stringify({ gradients: gradients.length, kernels, names: Object.keys(library).length > 0 }),
  );
};

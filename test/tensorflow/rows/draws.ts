import type { Topic } from '../row.ts';

const everywhere = <T>(outcome: T) => ({ cpu: outcome, wasm: outcome, webgpu: outcome });

/** Random draws and initial weights. */
export const draws: Topic = {
  title: 'Random numbers and initial weights',
  text: 'This library draws from its own keys; these are the random functions of `tf.*` and `tf.layers`.',
  rows: [
    {
      operation: 'the variance of `initializers.glorotNormal`, relative to that of its definition',
      run: (tf, layers) => {
        const weight = layers.initializers.glorotNormal({ seed: 1 }).apply([500, 500]);
        return tf.mul(tf.moments(weight).variance, 500);
      },
      gives: everywhere([0.7756]),
      right: [1],
      because: 'the normal is truncated at two standard deviations and not rescaled; so are `he` and `leCun`',
      instead: 'its own initial weights, with the full variance',
      tolerance: 2e-3,
    },
    {
      operation: 'the variance of `truncatedNormal` of standard deviation 1',
      run: (tf) => tf.moments(tf.truncatedNormal([100000], 0, 1, 'float32', 3)).variance,
      gives: everywhere([0.777]),
      right: 'as in TensorFlow: the standard deviation is that before truncation',
      tolerance: 2e-3,
    },
    {
      operation: 'the mean of `randomGamma` of 1e5 numbers with `alpha` 3 and `beta` 2',
      run: (tf) => tf.mean(tf.randomGamma([100_000], 3, 2, 'float32', 5)),
      gives: everywhere([6]),
      right: [1.5],
      because: '`beta` is the inverse scale, says its documentation; it is the scale',
      instead: '`random.gamma`',
      tolerance: 1e-2,
    },
    {
      operation: '`randomUniform` of a thousand booleans: the number of true ones',
      run: (tf) => tf.sum(tf.cast(tf.randomUniform([1000], 0, 1, 'bool'), 'int32')),
      gives: everywhere([0]),
      right: 'about 500',
      instead: '`random.bernoulli`',
    },
    {
      operation: '`layers.dropout` with a seed: of 100 elements, the number that differ between two calls',
      run: (tf, layers) => {
        const dropout = layers.layers.dropout({ rate: 0.5, seed: 3 });
        const draw = () => dropout.apply(tf.ones([100]), { training: true }) as ReturnType<typeof tf.ones>;
        return tf.sum(tf.cast(tf.notEqual(draw(), draw()), 'int32'));
      },
      gives: everywhere([0]),
      right: 'about 50: a new mask for each call',
      instead: 'its own `dropout`, which takes a key',
    },
  ],
};

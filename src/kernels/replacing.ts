/**
 * Runs a function while methods of an object are replaced.
 *
 * @example
 * replacing(engine(), { keep: (x) => x }, () => tf.keep(tf.scalar(1)).kept); // false
 */
export const replacing = <O extends object, Y>(object: O, methods: Partial<O>, f: () => Y): Y => {
  const before = Object.keys(methods).map(
    (name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const,
  );
  Object.assign(object, methods);
  try {
    return f();
  } finally {
    for (const [name, own] of before) {
      if (own) Object.defineProperty(object, name, own);
      else delete object[name as keyof O];
    }
  }
};

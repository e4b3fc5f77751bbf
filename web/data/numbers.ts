/** A holder of numbers until it is disposed, such as a tensor. */
interface Holder {
  readonly data: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

/** Reads the numbers of a tensor and disposes it. */
export const numbers = async (tensor: Holder): Promise<readonly number[]> => {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

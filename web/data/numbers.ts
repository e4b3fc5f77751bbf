/** What holds numbers until it is disposed, such as a tensor. */
interface Holder {
  readonly data: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

/** The numbers of a tensor, which is disposed. */
export const numbers = async (tensor: Holder): Promise<readonly number[]> => {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

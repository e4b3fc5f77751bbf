/** Whether a part of a loss belongs to another one, as `divergence/0.weight` to `divergence`. */
export const isWithin =
  (...wholes: readonly string[]) =>
  (part: string): boolean =>
    wholes.some((whole) => part.startsWith(`${whole}/`));

/** An identifier as words: `dataFitting` as `data fitting`. */
export const words = (name: string): string =>
  name.replace(
    /([a-z\d])([A-Z])/g,
    (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
  );

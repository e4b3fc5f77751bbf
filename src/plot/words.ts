/** An identifier as words: `dataFitting` as `data fitting`. */
export const words = (name: string): string =>
  name.replace(
    /([a-z\d])([A-Z])/g,
    (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
  );

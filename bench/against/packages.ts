/** The part of a `package-lock.json` that is read here. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/** Whether all packages that a lock file names stand, in the same versions, in another one too. */
export const contains = (whole: Lock, part: Lock): boolean =>
  Object.entries(part.packages).every(([path, { version, integrity }]) => {
    // The package itself has no path.
    if (path === '') return true;
    const found = whole.packages[path];
    return found !== undefined && found.version === version && found.integrity === integrity;
  });

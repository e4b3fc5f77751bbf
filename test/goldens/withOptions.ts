import { type Forward, type Layer, type Part, type tree, variable, type WeightOptions } from 'tfjs-bayesian';

/** The layer with options of its own for each variable, by its path. */
export const withOptions =
  (optionsAt: (path: tree.Path) => WeightOptions) =>
  <F extends Forward>(root: Layer<unknown, F>): Layer<unknown, F> => {
    const ofPart = (part: Part, path: tree.Path): Part => {
      if (!('_tag' in part)) return variable(part, optionsAt(path));
      if (part._tag === 'Layer') return ofLayer(part, path);
      return part._tag === 'Variable' ? variable(part.shape, { ...part.options, ...optionsAt(path) }) : part;
    };
    const ofLayer = <G extends Forward>(layer: Layer<unknown, G>, path: tree.Path): Layer<unknown, G> => ({
      ...layer,
      spec: Object.fromEntries(
        Object.entries(layer.spec).map(([name, part]) => [name, ofPart(part, [...path, name])]),
      ),
    });
    return ofLayer(root, []);
  };

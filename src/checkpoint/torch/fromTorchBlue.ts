import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument, type OptionNames } from '../../check/index.ts';
import { parameterTree } from '../../layers/core/resolve.ts';
import type { Site, StatisticSite } from '../../layers/index.ts';
import type { Model } from '../../transforms/model.ts';
import { type NotBayesian, singleModel } from '../../transforms/modelArgument.ts';
import { mapLeaves } from '../../tree/everyLeaf.ts';
import { map, tidied } from '../../tree/index.ts';
import { type Contents, type Data, dataIn, withContents } from '../contents.ts';
import { type CheckpointError, type Mismatch, mismatched } from '../error.ts';
import type { Header } from '../safetensors/header.ts';
import { readHeader } from '../safetensors/safetensors.ts';
import { type Loaded, readTensors, tensorMismatches, type Wanted } from '../safetensors/values.ts';
import { asBytes, isBytes } from '../source.ts';
import { tensorName, toTensor } from '../treeDefinition.ts';
import { inverse, type TorchLayout, transposed } from './layouts.ts';
import { assertTorchNames, dottedPrefix, type TorchNames } from './options.ts';
import { isOrdinary, isStatistic, type Parameter, type TorchSite, torchSites } from './sites.ts';

/** Options of `fromTorchBlue`. */
export interface FromTorchOptions extends TorchNames {
  /**
   * Takes ordinary weights, as in torch.nn, as the means of posteriors with this standard deviation. Without it a variable
   * with a posterior must have one in the file.
   */
  readonly std?: number;
  /** Which tensors of the file to ignore, by their names there. `num_batches_tracked` of batch norms always is. */
  readonly ignore?: (theirs: string) => boolean;
}

const ownNames: OptionNames<Omit<FromTorchOptions, keyof TorchNames>> = { std: true, ignore: true };

/** A tensor of the file, and the model's tensor that it becomes. */
interface Import extends Wanted {
  readonly ours: Parameter['shape'];
  readonly layout: TorchLayout;
}

/** A variable, and the tensors to import for it. */
interface SiteImport {
  readonly from: TorchSite;
  readonly imports: readonly Import[];
  /** Whether it is an ordinary weight that becomes the mean of a posterior. */
  readonly spread: boolean;
}

const toImport = ({ path, shape, dtype, name, layout }: Parameter): Import => ({
  path: tensorName(path),
  name,
  shape: layout.shape(shape),
  dtype,
  finite: true,
  ours: shape,
  layout,
});

/** An ordinary weight of the file for a variable of the model. */
const plainImport = ({ plain, place: { site, layout } }: TorchSite): Import =>
  toImport({ path: site.path, shape: site.shape, dtype: 'float32', name: plain, layout });

const choose =
  (names: ReadonlySet<string>, std: number | undefined) =>
  (each: TorchSite): SiteImport => {
    const blue = each.parameters.map(toImport);
    const hasPlain = names.has(each.plain);
    if (isOrdinary(each)) {
      const [value] = blue;
      // torch_blue's own layers name an ordinary weight as the mean of a NonBayesian distribution.
      const isBlue = !hasPlain && value !== undefined && names.has(value.name);
      const [plain] = isBlue ? [value] : [{ ...plainImport(each), path: value?.path ?? '' }];
      return { from: each, imports: [plain], spread: false };
    }
    return std !== undefined && hasPlain
      ? { from: each, imports: [plainImport(each)], spread: true }
      : { from: each, imports: blue, spread: false };
  };

/** A tensor of the model from the values of the file. */
const tensorFrom = ({ path, ours, layout }: Import, loaded: Loaded): tf.Tensor => {
  const { shape, values } = loaded.get(path) as NonNullable<ReturnType<Loaded['get']>>;
  // PyTorch may have additional leading axes of size 1.
  const theirs = shape.slice(shape.length - ours.length);
  return toTensor(transposed(values, theirs, inverse(layout.axes(ours.length))), ours);
};

const siteParams = (
  { from: { place, blueprint }, imports, spread }: SiteImport,
  loaded: Loaded,
  std: number,
): unknown => {
  const { site } = place;
  const fromMoments = isStatistic(site) ? undefined : site.posterior.fromMoments;
  const made = imports.map((each) => [each.path, tensorFrom(each, loaded)] as const);
  const tensors = new Map(made);
  if (!spread) return mapLeaves((_, path) => tensors.get(tensorName([...site.path, ...path])))(blueprint);
  const [[, mean] = []] = made;
  return (
    fromMoments?.(mean as tf.Tensor, tf.fill([...site.shape], std)) ??
    invalidArgument(
      `fromTorchBlue: std, for '${tensorName(site.path)}'`,
      'used with a posterior that has fromMoments',
      std,
    )
  );
};

/** Adds a hint to missing parameters of a posterior if the file has an ordinary weight that could be its mean. */
const withHint =
  (names: ReadonlySet<string>, sites: readonly SiteImport[]) =>
  (mismatch: Mismatch): Mismatch => {
    const site = sites.find(({ imports }) => imports.some(({ path }) => path === mismatch.path));
    return mismatch.kind === 'missing' && site !== undefined && names.has(site.from.plain)
      ? {
          ...mismatch,
          message: `${mismatch.message}, but the ordinary weight '${site.from.plain}': the option std makes it a mean`,
        }
      : mismatch;
  };

/** PyTorch's name of the number of batches that a running mean has seen, which only its cumulative averages need. */
const batchCount = ({ plain, place: { site } }: TorchSite): readonly string[] => {
  const module = isStatistic(site) ? /^(.*\.|)running_mean$/.exec(plain)?.[1] : undefined;
  return module === undefined ? [] : [`${module}num_batches_tracked`];
};

/** The tensors to import, if the file has exactly these. */
const sitesIn = (
  { tensors }: Header,
  all: readonly TorchSite[],
  options: FromTorchOptions,
): E.Either<CheckpointError, readonly SiteImport[]> => {
  const { ignore = () => false } = options;
  const counts = new Set(all.flatMap(batchCount));
  const declared = tensors.filter(
    ({ name }) => name.startsWith(dottedPrefix(options)) && !counts.has(name) && !ignore(name),
  );
  const names = new Set(declared.map(({ name }) => name));
  const sites = all.map(choose(names, options.std));
  const mismatches = tensorMismatches(
    sites.flatMap(({ imports }) => imports),
    declared,
  ).map(withHint(names, sites));
  return mismatches.length > 0 ? E.left(mismatched(mismatches)) : E.right(sites);
};

/** The parameters of a model from the imported tensors. */
const paramsFrom =
  <P>(model: Model<P>, std: number, sites: readonly SiteImport[]) =>
  (loaded: Loaded): P => {
    const bySite = new Map(sites.map((each) => [tensorName(each.from.place.site.path), each]));
    const made = ({ path }: Site | StatisticSite) =>
      siteParams(bySite.get(tensorName(path)) as SiteImport, loaded, std);
    return tidied(() =>
      map((x) => x)(parameterTree({ variable: made, statistic: made })(model.network)),
    ) as P;
  };

/** Opens the state dictionary: bytes synchronously, anything else when the result is called. */
export interface TorchReader<P> {
  (bytes: Uint8Array | ArrayBuffer): E.Either<CheckpointError, P>;
  (source: string | URL | Blob): TE.TaskEither<CheckpointError, P>;
}

/**
 * Opens a state dictionary of PyTorch in the safetensors format: of torch_blue, with the parameters of posteriors, or of
 * torch.nn, whose ordinary weights become point masses (`deterministic(...)`, `pointMass()`) or, with `std`, the means of
 * posteriors. Names and layouts are translated by the table in `torchKinds`; the caller owns the tensors. Every difference
 * from the model is reported at once, by its path in the model's tree.
 *
 * Bytes give a result synchronously; a path, a URL or a `File` gives a `TaskEither`, as in `load`. The path or URL of a
 * `model.safetensors.index.json` opens the shards beside it as one file.
 *
 * @throws Error for an invalid model or source, options of the wrong kind, and `std` for a posterior without
 * `fromMoments`
 * @returns Left if the file cannot be read, is not valid or does not fit the model, or a value is NaN or infinite
 * @example
 * import { readFileSync } from 'node:fs';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { bayesian, checkpoint, linear, sequential } from 'tfjs-bayesian';
 *
 * const model = bayesian()(sequential(linear(784, 64), tf.relu, linear(64, 10)));
 * const open = checkpoint.fromTorchBlue(model, { prefix: 'stack' });
 * const file = 'examples/from-torch-blue/mlp.safetensors';
 * const params = open(readFileSync(file)); // right(params) or left(error)
 * const same = await open(file)();
 */
export const fromTorchBlue = <P>(
  of: Model<P> | NotBayesian,
  options: FromTorchOptions = {},
): TorchReader<P> => {
  const model = singleModel(
    'checkpoint.fromTorchBlue: model',
    of,
    'convert for the model of a member, and stack several by tree.stack',
  );
  assertTorchNames('checkpoint.fromTorchBlue', options, ownNames);
  const { std = Number.NaN } = options;
  const all = torchSites(model, options);
  const wantedImports = (sites: readonly SiteImport[]) => sites.flatMap(({ imports }) => imports);
  const paramsIn =
    ({ tensors }: Header, sites: readonly SiteImport[]) =>
    (data: Data) =>
      pipe(data, readTensors(wantedImports(sites), tensors), E.map(paramsFrom(model, std, sites)));
  const fromBytes = (bytes: Uint8Array) =>
    pipe(
      readHeader(bytes),
      E.chain((header) =>
        pipe(
          sitesIn(header, all, options),
          E.chain((sites) => paramsIn(header, sites)(dataIn(header, bytes))),
        ),
      ),
    );
  const fromContents = (contents: Contents) =>
    pipe(
      TE.fromEither(sitesIn(contents, all, options)),
      TE.chain((sites) =>
        pipe(
          contents.read(new Set(wantedImports(sites).map(({ name }) => name))),
          TE.chainEitherK(paramsIn(contents, sites)),
        ),
      ),
    );
  const isSource = (given: unknown) =>
    typeof given === 'string' || given instanceof URL || given instanceof Blob;
  const open = (given: Uint8Array | ArrayBuffer | string | URL | Blob) => {
    if (isBytes(given)) return fromBytes(asBytes(given));
    return isSource(given)
      ? withContents(given)(fromContents)
      : invalidArgument('checkpoint.fromTorchBlue: source', 'a path, a URL, a File or bytes', given);
  };
  return open as TorchReader<P>;
};

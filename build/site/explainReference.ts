import {
  Application,
  Comment,
  type CommentDisplayPart,
  CommentTag,
  type Context,
  Converter,
  DeclarationReflection,
  ReferenceType,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
  type TypeParameterReflection,
} from 'typedoc';
import { typeParameterMeaning } from './typeParameters.ts';

const text = (value: string): CommentDisplayPart => ({ kind: 'text', text: value });

/** The public name to which a reflection belongs, and its folder. */
const owner = (reflection: Reflection): { readonly folder: string; readonly name: string } => {
  const line: Reflection[] = [];
  for (let each = reflection.parent; each !== undefined; each = each.parent) line.push(each);
  const folder = line.findIndex((each) => each.kindOf(ReflectionKind.Module));
  return { folder: line[folder]?.name ?? '', name: line[folder - 1]?.name ?? '' };
};

const explainTypeParameter = (app: Application, parameter: TypeParameterReflection): void => {
  const { folder, name } = owner(parameter);
  const meaning = typeParameterMeaning(folder, name, parameter.name);
  if (meaning === undefined)
    app.logger.error(`the type parameter ${parameter.name} of ${folder}/${name} is not explained`);
  else parameter.comment ??= new Comment([text(meaning)]);
};

/** A member of a type, and whether a value of the type may lack it. */
interface Member {
  readonly reflection: DeclarationReflection;
  readonly optional: boolean;
}

const isNever = ({ type }: DeclarationReflection): boolean =>
  type?.type === 'intrinsic' && type.name === 'never';

/** The members of several types, one of each name: one that may be passed, with a comment if any has one. */
const distinct = (members: readonly Member[]): readonly Member[] => {
  const found = new Map<string, Member>();
  for (const { reflection, optional } of members) {
    const before = found.get(reflection.name);
    const better =
      before === undefined ||
      isNever(before.reflection) ||
      (!before.reflection.comment && !isNever(reflection));
    found.set(reflection.name, {
      reflection: better ? reflection : before.reflection,
      optional: optional || (before?.optional ?? false),
    });
  }
  return [...found.values()].filter(({ reflection }) => !isNever(reflection));
};

/** The members of one of several types: those that another one lacks are optional. */
const ofUnion = (types: readonly (readonly Member[])[]): readonly Member[] => {
  const inAll = (name: string): boolean =>
    types.every((members) =>
      members.some(({ reflection }) => reflection.name === name && !isNever(reflection)),
    );
  return types.flatMap((members) =>
    members.map(({ reflection, optional }) => ({
      reflection,
      optional: optional || !inAll(reflection.name),
    })),
  );
};

const declared = (children: readonly DeclarationReflection[] = []): readonly Member[] =>
  children.map((reflection) => ({ reflection, optional: reflection.flags.isOptional }));

const membersIn = (type: SomeType | undefined): readonly Member[] => {
  if (type === undefined) return [];
  if (type.type === 'union') return ofUnion(type.types.map(membersIn));
  if (type.type === 'intersection') return type.types.flatMap(membersIn);
  if (type.type === 'reflection') return declared(type.declaration.children);
  if (!(type instanceof ReferenceType) || !(type.reflection instanceof DeclarationReflection)) return [];
  return type.reflection.children ? declared(type.reflection.children) : membersIn(type.reflection.type);
};

const oneLine = (parts: readonly CommentDisplayPart[]): readonly CommentDisplayPart[] =>
  parts.map((part) => ({ ...part, text: part.text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|') }));

/** A type as text, or as a link to its page. */
const typeParts = (type: SomeType | undefined): readonly CommentDisplayPart[] =>
  type instanceof ReferenceType && type.reflection instanceof DeclarationReflection
    ? [{ kind: 'inline-tag', tag: '@linkcode', text: type.name, target: type.reflection }]
    : [text(`\`${(type?.toString() ?? 'function').replaceAll('|', '\\|')}\``)];

const row = ({ reflection, optional }: Member): readonly CommentDisplayPart[] => [
  text(`| \`${reflection.name}${optional ? '?' : ''}\` | `),
  ...typeParts(reflection.type),
  text(' | '),
  ...oneLine(reflection.comment?.summary ?? reflection.signatures?.[0]?.comment?.summary ?? [text('-')]),
  text(' |\n'),
];

/** The options of a function as a table on its page, where their type has a name of its own. */
const showOptions = (signature: SignatureReflection): void => {
  const parameter = signature.parameters?.find(({ name }) => name === 'options');
  const type = parameter?.type;
  if (!(type instanceof ReferenceType) || !(type.reflection instanceof DeclarationReflection)) return;
  const all = distinct(membersIn(type));
  const members = [...all.filter(({ optional }) => !optional), ...all.filter(({ optional }) => optional)];
  if (members.length === 0 || signature.comment === undefined) return;
  const table = [text('| Option | Type | Description |\n| --- | --- | --- |\n'), ...members.flatMap(row)];
  signature.comment.blockTags.unshift(new CommentTag('@options', table));
};

interface Titled {
  readonly name: string;
  readonly rawName: string;
}

/** The titles of pages: names alone, since the type parameters, which may take lines, have a table of their own. */
const pageTitles = {
  module: ({ name }: Titled): string => name,
  member: ({ rawName }: Titled): string => rawName.replace(/<.*/, ''),
};

/** A plugin of TypeDoc: explains type parameters, shows options on the pages of the functions that take them, and titles pages by names. */
export const load = (app: Application): void => {
  // Before this, options are reset.
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue('pageTitleTemplates', pageTitles));
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }: Context) => {
    for (const each of project.getReflectionsByKind(ReflectionKind.TypeParameter))
      explainTypeParameter(app, each as TypeParameterReflection);
    for (const each of project.getReflectionsByKind(ReflectionKind.CallSignature))
      showOptions(each as SignatureReflection);
  });
};

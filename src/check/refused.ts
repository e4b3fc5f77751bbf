/**
 * A member of an argument's type that no argument has: `error` is what the compiler says of a value with the tag `Tag`,
 * which lacks it.
 */
export interface Refused<Tag extends string, Message extends string> {
  readonly _tag: Tag;
  readonly error: Message;
}

/** What stands for a type where something is missing: `error` is what the compiler says of it. */
export interface Missing<Message extends string> {
  readonly error: Message;
}

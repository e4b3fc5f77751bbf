/** A required member that no argument has, so that the compiler rejects values tagged `Tag` and prints `error`. */
export interface Refused<Tag extends string, Message extends string> {
  readonly _tag: Tag;
  readonly error: Message;
}

/** Replaces a type where something is missing; the compiler prints `error`. */
export interface Missing<Message extends string> {
  readonly error: Message;
}

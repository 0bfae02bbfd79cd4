/** How v2 writes the message of an error or a warning, and what of it is for people. */

/** `[error] [DbDriverFailed (dbt1308)]: `; for what dbt did not classify `[error]: `. */
const PREFIX = /^\[(?:error|warning)\](?: \[(\w+ \(dbt\d+\))\])?: ?/

/** A native stack trace, which v2 appends to its messages: `   0: <unknown>` and below. */
const STACK = /\n {1,8}0: [^\n]*\n[\s\S]*$/

/** The message alone, without the stack trace and what stands before it; and dbt's name for it, where it has one. */
export function v2MessageOf(text: string): { message: string; code: string | undefined } {
  const prefix = PREFIX.exec(text)
  return { message: withoutStack(text.slice(prefix?.[0].length ?? 0)), code: prefix?.[1] }
}

/** A message without the stack trace behind it. */
export function withoutStack(text: string): string {
  return text.replace(STACK, '')
}

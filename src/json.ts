/** Reads JSON of which nothing is known. No function throws: a value of another type is an empty one. */

/** A JSON object of which nothing is known. */
export type Fields = { readonly [key: string]: unknown }

/** The value as an object; an empty one where it is none. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** The value as a string; an empty one where it is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The value as a finite number, else undefined. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export type Share = (text: string) => string

/**
 * Gives equal texts as one: JSON.parse makes a text of its own wherever it stands, and an id stands as often as nodes
 * depend on it. @param most how many texts it remembers
 */
export function sharer(most = Number.POSITIVE_INFINITY): Share {
  const texts = new Map<string, string>()
  return (text) => {
    const known = texts.get(text)
    if (known === undefined && texts.size < most) texts.set(text, text)
    return known ?? text
  }
}

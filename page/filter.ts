import type { Address } from './address.ts'
import { compare, type Item, rankOf } from './model.ts'

export type Filter = Pick<Address, 'q' | 'status' | 'type' | 'folder' | 'tag'>

export const NO_FILTER: Filter = { q: '', status: '', type: '', folder: '', tag: '' }

export function isFiltered(filter: Filter): boolean {
  return (Object.keys(NO_FILTER) as (keyof Filter)[]).some((name) => filter[name] !== '')
}

/** A test for nodes; each word of the search must be found, in any order. */
export function matcher(filter: Filter): (item: Item) => boolean {
  const { status, type, folder, tag } = filter
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean)
  return (item) =>
    (status === '' || item.outcome === status) &&
    (type === '' || item.type === type) &&
    (folder === '' || item.folder === folder || item.folder.startsWith(`${folder}/`)) &&
    (tag === '' || (item.tags ?? []).includes(tag)) &&
    words.every((word) => item.text.includes(word))
}

type Key = (item: Item) => number | string | undefined

export const COLUMNS = {
  status: rankOf,
  name: ({ name }) => name,
  type: ({ type }) => type,
  time: ({ seconds }) => seconds,
  base: ({ seconds, base }) => (seconds === undefined || base === undefined ? undefined : seconds - base),
  rows: ({ rows, failures }) => failures ?? rows,
  file: ({ file, folder }) => file?.path ?? folder,
} satisfies Record<string, Key>

export type Column = keyof typeof COLUMNS

/** The column of a sort such as `-time`, and its direction; undefined for the usual order. */
export function parseSort(sort: string): { column: Column; down: boolean } | undefined {
  const column = sort.replace(/^-/, '')
  return Object.hasOwn(COLUMNS, column) ? { column: column as Column, down: sort.startsWith('-') } : undefined
}

/** Sorted copy; nodes without a value come last in both directions. */
export function sorted(items: Item[], sort: string): Item[] {
  const by = parseSort(sort)
  if (!by) return items
  const key: Key = COLUMNS[by.column]
  const sign = by.down ? -1 : 1
  return [...items].sort((a, b) => {
    const [left, right] = [key(a), key(b)]
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined)
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : compare(String(left), String(right))
    return sign * order
  })
}

/** Sorts as people do: `dbt`, `Thread-2`, `Thread-10`. Intl, which can do so too, takes 30 ms to load. */
export function byNumber(a: string, b: string): number {
  const [one, other] = [sortKey(a), sortKey(b)]
  return one === other ? 0 : one < other ? -1 : 1
}

function sortKey(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(20, '0'))
}

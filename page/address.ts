/** What the page shows, as its address says it: `#node=stg_orders&view=timeline`. Each state is a link. */
export interface Address {
  /** Key of the selected node. */
  node: string
  view: '' | 'failures' | 'changes' | 'timeline' | 'lineage' | 'nodes'
  q: string
  status: string
  type: string
  folder: string
  tag: string
  /** A column of the table, with `-` before it from the greatest to the least. */
  sort: string
  /** What the lineage shows; empty for what suits the run. */
  graph: '' | 'failures' | 'around' | 'folders' | 'all'
  group: '' | 'folder'
  /** The part of the timeline that is shown, `from-to` in milliseconds. */
  zoom: string
  code: '' | 'sql'
}

export const HOME: Address = {
  node: '',
  view: '',
  q: '',
  status: '',
  type: '',
  folder: '',
  tag: '',
  sort: '',
  graph: '',
  group: '',
  zoom: '',
  code: '',
}

const VALUES: Partial<Record<keyof Address, string[]>> = {
  view: ['failures', 'changes', 'timeline', 'lineage', 'nodes'],
  graph: ['failures', 'around', 'folders', 'all'],
  group: ['folder'],
  code: ['sql'],
}

/** Reads the part after `#`. What is not known is ignored, since anyone can write an address. */
export function parseAddress(hash: string): Address {
  const address: Record<string, string> = { ...HOME }
  for (const [name, value] of new URLSearchParams(hash.replace(/^#/, ''))) {
    if (!Object.hasOwn(HOME, name)) continue
    const allowed = VALUES[name as keyof Address]
    if (!allowed || allowed.includes(value)) address[name] = value
  }
  return address as unknown as Address
}

/** The part after `#`, without what is as usual; a lone `#` for the start. */
export function formatAddress(address: Address): string {
  const params = new URLSearchParams(Object.entries(address).filter(([, value]) => value !== ''))
  // Readable in a chat: neither `/` nor `:` has a meaning here.
  return `#${params.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',')}`
}

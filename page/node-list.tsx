import { useState } from 'preact/hooks'
import type { Item } from './model.ts'
import { NodeLink } from './node-link.tsx'
import type { Go } from './store.ts'

interface NodeListProps {
  items: Item[]
  /** How many are shown until all are asked for. */
  few: number
  label?: string
  /** A note on a node; empty for none. */
  note?(item: Item): string
  go: Go
}

/** Links to nodes, one below the other. */
export function NodeList({ items, few, label, note, go }: NodeListProps) {
  const [all, setAll] = useState(false)
  const shown = all ? items : items.slice(0, few)
  return (
    <>
      <ul class="neighbours" aria-label={label}>
        {shown.map((item) => {
          const text = note?.(item)
          return (
            <li key={item.id}>
              <NodeLink item={item} go={go} mark />
              {text && <p class="note">{text}</p>}
            </li>
          )
        })}
      </ul>
      {shown.length < items.length && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          Show all {items.length}
        </button>
      )}
    </>
  )
}

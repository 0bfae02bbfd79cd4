import { formatAddress, parseAddress } from './address.ts'
import { Mark } from './mark.tsx'
import type { Item } from './model.ts'
import type { Go } from './store.ts'

/** A link that selects a node: it can be copied, and opened in another tab. */
export function NodeLink({ item, go, mark }: { item: Item; go: Go; mark?: boolean }) {
  const href = formatAddress({ ...parseAddress(''), node: item.key })
  const onClick = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    go({ node: item.key })
  }
  return (
    <>
      {mark && <Mark outcome={item.outcome} />}
      <a class="node" href={href} onClick={onClick} title={item.id}>
        {item.name}
      </a>
    </>
  )
}

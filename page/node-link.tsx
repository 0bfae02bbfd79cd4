import type { TargetedMouseEvent } from 'preact'
import { formatAddress, parseAddress } from './address.ts'
import { enterPanel } from './focus.ts'
import { Mark } from './mark.tsx'
import type { Item } from './model.ts'
import type { Go } from './store.ts'

/** A link that selects a node: it can be copied, and opened in another tab. */
export function NodeLink({ item, go, mark }: { item: Item; go: Go; mark?: boolean }) {
  const href = formatAddress({ ...parseAddress(''), node: item.key })
  const onClick = (event: TargetedMouseEvent<HTMLAnchorElement>) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    go({ node: item.key })
    // By the keyboard, which else would have to go through all that follows.
    if (event.detail === 0) enterPanel(event.currentTarget)
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

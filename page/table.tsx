import type { Ref } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { duration, figure } from '../src/report/figures.ts'
import { type Column, parseSort } from './filter.ts'
import { difference, typeName } from './format.ts'
import type { Item } from './model.ts'
import { NodeLink } from './node-link.tsx'
import type { Go } from './store.ts'

/** Of a row, as page.css has it, in pixels. */
const ROW = 30
/** Up to so many rows are all in the document, where the browser's own search finds them. */
const ALL = 500
/** Rows before and after those that are seen. */
const MARGIN = 20

const HEADS: [Column, string][] = [
  ['status', 'Status'],
  ['name', 'Node'],
  ['type', 'Type'],
  ['time', 'Time'],
  ['base', '± base'],
  ['rows', 'Rows'],
  ['file', 'File'],
]

interface TableProps {
  items: Item[]
  sort: string
  selected: Item | undefined
  hasBase: boolean
  go: Go
}

/** All nodes of the run: also what timeline and lineage show, for those who do not see them. */
export function Table({ items, sort, selected, hasBase, go }: TableProps) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [first, last] = useVisible(body, items.length)
  const heads = HEADS.filter(([column]) => column !== 'base' || hasBase)
  const longest = items.reduce((most, { seconds = 0 }) => Math.max(most, seconds), 0)
  return (
    <section id="nodes" aria-labelledby="nodes-title">
      <h2 id="nodes-title">Nodes</h2>
      <table aria-rowcount={items.length + 1} aria-labelledby="nodes-title">
        <thead>
          <tr>
            {heads.map(([column, label]) => (
              <Head key={column} {...{ column, label, sort, go }} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Gap rows={first} />
          {items.slice(first, last).map((item, index) => (
            <Row
              key={item.id}
              {...{ item, longest, hasBase, go }}
              number={first + index + 2}
              current={item === selected}
            />
          ))}
          <Gap rows={items.length - last} />
        </tbody>
      </table>
      {items.length === 0 && <p class="empty">No node matches.</p>}
    </section>
  )
}

function Head({ column, label, sort, go }: { column: Column; label: string; sort: string; go: Go }) {
  const by = parseSort(sort)
  const current = by?.column === column ? by : undefined
  // Figures from the greatest, words from A; a third time the usual order.
  const firstDown = ['time', 'base', 'rows'].includes(column)
  const ways = firstDown ? [`-${column}`, column, ''] : [column, `-${column}`, '']
  const next = ways[(ways.indexOf(current ? sort : '') + 1) % ways.length] ?? ''
  const direction = current ? (current.down ? 'descending' : 'ascending') : 'none'
  return (
    <th scope="col" class={`col-${column}`} aria-sort={direction}>
      <button type="button" onClick={() => go({ sort: next })}>
        {label}
        <span aria-hidden="true">{current ? (current.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

interface RowProps {
  item: Item
  number: number
  longest: number
  hasBase: boolean
  current: boolean
  go: Go
}

function Row({ item, number, longest, hasBase, current, go }: RowProps) {
  const { seconds, base, rows, failures, file, folder } = item
  const ran = seconds !== undefined && item.outcome !== 'skipped'
  return (
    <tr
      aria-rowindex={number}
      data-key={item.key}
      class={current ? 'current' : ''}
      onClick={() => go({ node: item.key })}
    >
      <td class="col-status">
        <span class={`mark ${item.outcome}`}>{item.status}</span>
      </td>
      <th scope="row" class="col-name">
        <NodeLink item={item} go={go} />
      </th>
      <td class="col-type">{typeName(item.type)}</td>
      <td class="col-time">
        {ran && (
          <>
            <span
              class="amount"
              style={{ width: `${longest > 0 ? Math.round((60 * seconds) / longest) : 0}px` }}
            />
            {duration(seconds)}
          </>
        )}
      </td>
      {hasBase && <td class="col-base">{ran ? difference(seconds, base) : ''}</td>}
      <td class="col-rows">{failures || rows ? figure(failures || rows || 0) : ''}</td>
      <td class="col-file">
        {file ? (file.line === undefined ? file.path : `${file.path}:${file.line}`) : folder}
      </td>
    </tr>
  )
}

/** Stands for rows that are not in the document. */
function Gap({ rows }: { rows: number }) {
  if (rows <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr aria-hidden="true" class="gap">
      <td style={{ height: `${rows * ROW}px` }} />
    </tr>
  )
}

/** The range of rows that are near the window. */
function useVisible(body: Ref<HTMLTableSectionElement>, total: number): [number, number] {
  const [range, setRange] = useState<[number, number]>([0, ALL])
  useLayoutEffect(() => {
    if (total <= ALL) return
    const read = () => {
      const top = typeof body === 'object' ? (body?.current?.getBoundingClientRect().top ?? 0) : 0
      // In steps, so that not every pixel renders.
      const from = Math.floor(-top / ROW / MARGIN) * MARGIN - MARGIN
      const first = Math.min(Math.max(0, from), Math.max(0, total - MARGIN))
      const last = Math.min(total, first + Math.ceil(innerHeight / ROW / MARGIN) * MARGIN + 3 * MARGIN)
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]))
    }
    read()
    addEventListener('scroll', read, { passive: true })
    addEventListener('resize', read)
    return () => {
      removeEventListener('scroll', read)
      removeEventListener('resize', read)
    }
  }, [body, total])
  return total <= ALL ? [0, total] : [range[0], Math.min(range[1], total)]
}

/** Brings the row of a node into the window, if the table is what the reader looks at. */
export function revealRow(items: Item[], item: Item): void {
  const table = document.querySelector('#nodes tbody')
  const top = table?.getBoundingClientRect().top
  if (top === undefined || top > innerHeight * 0.75) return
  const row = top + items.indexOf(item) * ROW
  const covered = document.querySelector('.toolbar')?.getBoundingClientRect().bottom ?? 0
  if (row < covered || row > innerHeight - 2 * ROW) scrollBy({ top: row - innerHeight / 2 })
}

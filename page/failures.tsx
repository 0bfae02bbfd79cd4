import { useState } from 'preact/hooks'
import { duration, figure, plural } from '../src/report/figures.ts'
import type { PageError, PageWarning } from '../src/report/page-data.ts'
import { typeName } from './format.ts'
import { Mark } from './mark.tsx'
import { feedsText, type Item, type Model } from './model.ts'
import { NodeLink } from './node-link.tsx'
import type { Go } from './store.ts'

interface FailuresProps {
  model: Model
  /** Those that the filter lets through. */
  items: Item[]
  selected: Item | undefined
  go: Go
}

/** Errors of dbt itself, what failed, what warned, and warnings of dbt itself. */
export function Failures({ model, items, selected, go }: FailuresProps) {
  const failed = items.filter(({ outcome }) => outcome === 'failed')
  const warned = items.filter(({ outcome }) => outcome === 'warn')
  const { errors, notices, warnings = [] } = model.data
  return (
    <section id="failures" aria-labelledby="failures-title">
      <h2 id="failures-title">Failures</h2>
      {errors.map((error) => (
        <Problem key={error.text} error={error} />
      ))}
      {failed.length > 0 && <List {...{ model, selected, go }} items={failed} label="Failed nodes" />}
      {failed.length === 0 && errors.length === 0 && (
        <p class="empty">
          {model.counts.failed === 0 ? 'No node failed.' : 'No failed node matches the filter.'}
        </p>
      )}
      {warned.length > 0 && (
        <details open={failed.length === 0}>
          <summary>{plural(warned.length, 'warning')}</summary>
          <List {...{ model, selected, go }} items={warned} label="Nodes that warned" />
        </details>
      )}
      {warnings.length > 0 && (
        <Warnings warnings={warnings} open={failed.length === 0 && errors.length === 0} />
      )}
      {notices.map((notice) => (
        <p key={notice} class="notice">
          {notice}
        </p>
      ))}
    </section>
  )
}

/** What to do first, then what dbt printed. */
function Problem({ error: { text, title, wayOut } }: { error: PageError }) {
  return (
    <>
      {title && (
        <p class="advice">
          <strong>{title}</strong> {wayOut}
        </p>
      )}
      <pre class="problem">{text}</pre>
    </>
  )
}

/** Warnings of dbt itself, which belong to no node. */
function Warnings({ warnings, open }: { warnings: PageWarning[]; open: boolean }) {
  const total = warnings.reduce((sum, { count }) => sum + count, 0)
  return (
    <details open={open}>
      <summary>{plural(total, 'dbt warning')}</summary>
      <ul class="warnings">
        {warnings.map(({ kind, count, messages }) => (
          <li key={kind}>
            <strong>{kind}</strong>
            {count > 1 && ` (${figure(count)})`}
            {messages.map((message) => (
              <p key={message}>{message}</p>
            ))}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Longer lists are folded. */
const FEW = 20

function List({ model, items, selected, go, label }: FailuresProps & { label: string }) {
  const [all, setAll] = useState(false)
  const shown = all ? items : items.slice(0, FEW)
  return (
    <>
      <ul class="failures" aria-label={label}>
        {shown.map((item) => (
          <Row key={item.id} {...{ model, item, go }} current={item === selected} />
        ))}
      </ul>
      {shown.length < items.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {items.length}
        </button>
      )}
    </>
  )
}

function Row({ model, item, current, go }: { model: Model; item: Item; current: boolean; go: Go }) {
  const isNew = model.data.history?.newFailures?.includes(item.index)
  const feeds = feedsText(item)
  const { headline, message, blockedText, file, seconds } = item
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in it is for the keyboard
    <li class={current ? 'failure current' : 'failure'} onClick={() => go({ node: item.key })}>
      <Mark outcome={item.outcome} />
      <div class="what">
        <span class="title">
          <NodeLink item={item} go={go} />
          <span class="type">{typeName(item.type)}</span>
          {isNew && <span class="badge">new</span>}
          {item.changed && <span class="badge">changed here</span>}
        </span>
        <span class="cause">{headline ?? message}</span>
      </div>
      <div class="where">
        {blockedText && <span class="blocks">{blockedText}</span>}
        {feeds && <span>{feeds}</span>}
        <span>
          {file && placeOf(file)}
          {file && seconds !== undefined && ' · '}
          {seconds !== undefined && duration(seconds)}
        </span>
      </div>
    </li>
  )
}

/** `stg_orders.sql:4` */
function placeOf({ path, line }: { path: string; line?: number }): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return line === undefined ? name : `${name}:${line}`
}

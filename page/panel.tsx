import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { duration } from '../src/report/figures.ts'
import type { Address } from './address.ts'
import { Scroll } from './box.tsx'
import { Command, Excerpt, Rows, Sql } from './code.tsx'
import { Facts } from './facts.tsx'
import { WORDS } from './format.ts'
import { Mark } from './mark.tsx'
import { feedsText, type Item, isTest, type Model, outcomeOf, parentsOf } from './model.ts'
import { NodeLink } from './node-link.tsx'
import { NodeList } from './node-list.tsx'
import { packedSql } from './packed.ts'
import { Segments } from './segments.tsx'
import type { Go } from './store.ts'

interface PanelProps {
  model: Model
  item: Item
  code: Address['code']
  title: RefObject<HTMLHeadingElement | null>
  onClose(): void
  go: Go
}

/** All that is known of the selected node: why first, then where, then what to do, then the rest. */
export function Panel({ model, item, code, title, onClose, go }: PanelProps) {
  const { message, headline, table, command } = item
  const shown = message && item.outcome !== 'success' ? message : ''
  return (
    <aside class="panel" aria-labelledby="panel-title">
      <div class="panel-head">
        <h2 id="panel-title" ref={title} tabIndex={-1}>
          <Mark outcome={item.outcome} />
          {item.name}
        </h2>
        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </div>
      <Summary model={model} item={item} go={go} />
      {headline && headline !== shown && <p class="cause">{headline}</p>}
      {shown && (
        <Scroll class={`message ${item.outcome}`} label="Message">
          <pre>{shown}</pre>
        </Scroll>
      )}
      <Code model={model} item={item} code={code} go={go} />
      {table && (
        <Part title="Failing rows">
          <Rows table={table} />
        </Part>
      )}
      {command && (
        <Part title="Run just this node">
          <Command text={command} />
        </Part>
      )}
      <Neighbours title="Blocked by this node" items={item.blocks} go={go} />
      <Neighbours title="Tests" items={item.tests} go={go} />
      <Earlier item={item} />
      <Past model={model} item={item} />
      <Neighbours title="Depends on" items={parentsOf(model, item)} go={go} />
      <Neighbours title={isTest(item) ? 'Children' : 'Used by'} items={item.children} go={go} />
      <Facts item={item} />
    </aside>
  )
}

/** `failed in 0.05 s · model · blocks 8 models · feeds exposure x`, and for a skipped node because of what. */
function Summary({ model, item, go }: { model: Model; item: Item; go: Go }) {
  const cause = item.cause === undefined ? undefined : model.items[item.cause]
  const feeds = feedsText(item)
  const ran = item.outcome !== 'skipped' && item.outcome !== 'none'
  return (
    <p class="summary">
      <span class={`mark ${item.outcome}`}>{item.ran ? item.status : WORDS.none}</span>
      {ran && item.seconds !== undefined && <span>in {duration(item.seconds)}</span>}
      <span>{item.type.replaceAll('_', ' ')}</span>
      {item.materialized && !isTest(item) && <span>{item.materialized}</span>}
      {item.blockedText && <span class="blocks">{item.blockedText}</span>}
      {feeds && <span>{feeds}</span>}
      {cause && (
        <span>
          because of <NodeLink item={cause} go={go} mark />
        </span>
      )}
      {item.url && (
        <a href={item.url} rel="noopener noreferrer">
          check run
        </a>
      )}
    </p>
  )
}

/** The place in the source, and what dbt made of it. */
function Code({ model, item, code, go }: { model: Model; item: Item; code: Address['code']; go: Go }) {
  const sql = useSql(model, item)
  const { source, file } = item
  if (!source && !sql && !file) return null
  const showSql = sql !== undefined && (code === 'sql' || !source)
  return (
    <div class="part">
      <div class="part-head">
        {file && <FileName {...file} base={model.data.filesUrl} />}
        {source && sql && (
          <Segments
            label="Code"
            value={showSql ? 'sql' : ''}
            options={[
              ['', 'Source'],
              ['sql', 'Compiled SQL'],
            ]}
            on={(code) => go({ code })}
          />
        )}
      </div>
      {!showSql && source?.note && <p class="note">{source.note}</p>}
      {showSql ? <Sql text={sql} /> : source && <Excerpt excerpt={source} />}
    </div>
  )
}

function FileName({ path, line, base }: { path: string; line?: number; base: string | undefined }) {
  const text = line === undefined ? path : `${path}:${line}`
  const url = base && `${base}${path.split('/').map(encodeURIComponent).join('/')}${line ? `#L${line}` : ''}`
  return (
    <span class="file">
      {url ? (
        <a href={url} rel="noopener noreferrer">
          {text}
        </a>
      ) : (
        text
      )}
    </span>
  )
}

function useSql({ data }: Model, item: Item): string | undefined {
  const [found, setFound] = useState<{ item: Item; sql: string | undefined }>()
  useEffect(() => {
    if (item.sql !== undefined) return
    let wanted = true
    packedSql(data.packed ?? [], item.index)
      // A browser from before 2023 cannot unpack it; the page is whole without.
      .catch(() => undefined)
      .then((sql) => wanted && setFound({ item, sql }))
    return () => {
      wanted = false
    }
  }, [data, item])
  return item.sql ?? (found?.item === item ? found.sql : undefined)
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="part">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

/** More are folded. */
const FEW = 8

function Neighbours({ title, items, go }: { title: string; items: Item[]; go: Go }) {
  if (items.length === 0) return null
  return (
    <Part title={`${title} (${items.length})`}>
      <NodeList items={items} few={FEW} go={go} />
    </Part>
  )
}

/** Earlier tries of this run, and earlier attempts of the job. */
function Earlier({ item }: { item: Item }) {
  const { earlier = [] } = item
  if (earlier.length === 0) return null
  return (
    <Part title="Before">
      <ol class="earlier">
        {earlier.map(({ status, outcome, origin, seconds, message }, index) => (
          <li key={index}>
            <Mark outcome={outcome} /> {origin || `try ${index + 1}`}: {status}
            {seconds !== undefined && outcome !== 'skipped' && ` in ${duration(seconds)}`}
            {message && outcome === 'failed' && <pre class="message">{message}</pre>}
          </li>
        ))}
      </ol>
    </Part>
  )
}

/** What became of it in earlier runs of the base branch. */
function Past({ model, item }: { model: Model; item: Item }) {
  const { past = [] } = item
  const runs = model.data.history?.runs ?? []
  const known = runs.flatMap((run, index) => {
    const result = past[index] ?? null
    return result === null ? [] : [{ ...run, result }]
  })
  if (known.length === 0) return null
  return (
    <Part title="History">
      <ol class="past" aria-label="History">
        {known.map(({ label, url, result }, index) => (
          <li key={index}>
            <Mark outcome={typeof result === 'number' ? 'success' : outcomeOf({ status: result })} />{' '}
            {url ? (
              <a href={url} rel="noopener noreferrer">
                {label}
              </a>
            ) : (
              label
            )}
            : {typeof result === 'number' ? duration(result) : result}
          </li>
        ))}
      </ol>
    </Part>
  )
}

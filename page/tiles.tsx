import type { ComponentChildren } from 'preact'
import { duration, plural } from '../src/report/figures.ts'
import { difference } from './format.ts'
import type { Item, Model } from './model.ts'
import { NodeLink } from './node-link.tsx'
import type { Go } from './store.ts'

/** The figures of the run, as far as they are known. */
export function Tiles({ model, go }: { model: Model; go: Go }) {
  const { data } = model
  const { timing, history } = data
  const longest = longestOf(model)
  const fixed = history?.fixed?.length ?? 0
  return (
    <dl class="tiles">
      <Tile label="Wall time" value={duration(data.seconds)}>
        {plural(model.ran.length, 'node')}
      </Tile>
      {timing && timing.criticalPath.length > 0 && (
        <Tile label="Critical path" value={duration(timing.criticalSeconds)}>
          {plural(timing.criticalPath.length, 'node')}
        </Tile>
      )}
      {timing?.busy !== undefined && (
        <Tile label="Threads busy" value={`${Math.round(timing.busy * 100)} %`}>
          {plural(timing.threads, 'thread')}
        </Tile>
      )}
      {longest?.seconds !== undefined && (
        <Tile label="Longest" value={duration(longest.seconds)}>
          <NodeLink item={longest} go={go} />
        </Tile>
      )}
      {history?.seconds !== undefined && (
        <Tile label={`Against ${history.label}`} value={difference(data.seconds, history.seconds) || 'same'}>
          {history.label} took {duration(history.seconds)}
        </Tile>
      )}
      {history && (
        <Tile label="New failures" value={String(history.newFailures?.length ?? 0)}>
          {fixed > 0 ? `${fixed} fixed since ${history.label}` : `since ${history.label}`}
        </Tile>
      )}
    </dl>
  )
}

function Tile({ label, value, children }: { label: string; value: string; children: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd class="value">{value}</dd>
      <dd class="note">{children}</dd>
    </div>
  )
}

function longestOf({ ran }: Model): Item | undefined {
  return ran.reduce<Item | undefined>(
    (longest, item) => ((item.seconds ?? 0) > (longest?.seconds ?? 0) ? item : longest),
    undefined,
  )
}

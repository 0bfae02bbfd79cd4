import { duration } from '../src/report/figures.ts'
import { difference } from './format.ts'
import { hasChanges, type Item, type Model } from './model.ts'
import { NodeList } from './node-list.tsx'
import type { Go } from './store.ts'

/** What is different from the base run, and what is flaky. */
export function Changes({ model, go }: { model: Model; go: Go }) {
  const { history, flaky = [] } = model.data
  const items = (indexes: number[] = []) => indexes.flatMap((index) => model.items[index] ?? [])
  const reasons = new Map(flaky.map(({ node, reason }) => [node, reason]))
  const groups: [string, Item[], (item: Item) => string][] = [
    ['New failures', items(history?.newFailures), ({ headline = '' }) => headline],
    ['Fixed', items(history?.fixed), ({ past = [] }) => `${past[0] ?? 'failed'} before`],
    ['Slower', items(history?.slower), timeText],
    ['Faster', items(history?.faster), timeText],
    ['Flaky', items([...reasons.keys()]), ({ index }) => reasons.get(index) ?? ''],
  ]
  const shown = groups.filter(([, items]) => items.length > 0)
  if (!hasChanges(model)) return null
  return (
    <section id="changes" aria-labelledby="changes-title">
      <div class="section-head">
        <h2 id="changes-title">{history ? `Compared with ${history.label}` : 'Flaky nodes'}</h2>
        {history?.url && (
          <a href={history.url} rel="noopener noreferrer">
            Its workflow run
          </a>
        )}
      </div>
      {shown.length === 0 && (
        <p class="empty">There is no new failure, and no node was fixed or took another time.</p>
      )}
      <div class="changes">
        {shown.map(([title, items, text]) => (
          <Group key={title} {...{ title, items, text, go }} />
        ))}
      </div>
    </section>
  )
}

/** More are folded. */
const FEW = 5

interface GroupProps {
  title: string
  items: Item[]
  text(item: Item): string
  go: Go
}

function Group({ title, items, text, go }: GroupProps) {
  return (
    <div>
      <h3>
        {title} ({items.length})
      </h3>
      <NodeList items={items} few={FEW} label={title} note={text} go={go} />
    </div>
  )
}

/** `+3.2 s, 1.1 s before` */
function timeText({ seconds, base }: Item): string {
  if (seconds === undefined || base === undefined) return ''
  return `${difference(seconds, base) || 'same'}, ${duration(base)} before`
}

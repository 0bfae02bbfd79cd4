import { duration, figure } from '../src/report/figures.ts'
import { difference } from './format.ts'
import { type Item, isTest } from './model.ts'

/** The rest, by name. */
export function Facts({ item }: { item: Item }) {
  const { seconds, base, rows, failures, start } = item
  const took = seconds !== undefined && item.outcome !== 'skipped'
  const facts: [string, string | undefined | false][] = [
    ['Unique id', item.id],
    ['Relation', !isTest(item) && item.relation],
    ['Rows affected', rows !== undefined && rows > 0 && figure(rows)],
    ['Failing rows', failures !== undefined && figure(failures)],
    ['Time', took && duration(seconds)],
    ['Base branch', base !== undefined && baseText(base, took ? seconds : undefined)],
    ['Started', start !== undefined && `${duration(start / 1000)} after the start`],
    ['Thread', item.thread !== undefined && String(item.thread)],
    ['Folder', item.folder],
    ['Tags', item.tags?.join(', ')],
    ['Owner', item.owner],
    ['Description', item.description],
    ['Result of', item.origin],
  ]
  return (
    <details class="part" open>
      <summary>Details</summary>
      <dl class="details">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </details>
  )
}

function baseText(base: number, seconds: number | undefined): string {
  const more = seconds === undefined ? '' : difference(seconds, base)
  return more ? `${duration(base)} (${more})` : duration(base)
}

import { figure } from '../src/report/figures.ts'
import type { PageData } from '../src/report/page-data.ts'
import { Group } from './box.tsx'
import type { Filter } from './filter.ts'
import { MARKS, ORDER, type Shown, WORDS } from './format.ts'
import { Mark } from './mark.tsx'
import type { Model } from './model.ts'
import type { Go, Theme } from './store.ts'

const CONCLUSIONS: Record<PageData['conclusion'], Shown> = {
  failure: 'failed',
  neutral: 'warn',
  cancelled: 'cancelled',
  success: 'success',
}

/** Between the counts of the title, which are not broken. */
const SEPARATOR = ' · '

/** What happened, of which command, where. */
export function Header({ data, theme, onTheme, onHelp }: HeaderProps) {
  const date = new Date(data.startedAt)
  return (
    <header class="head">
      <div class="headline">
        <h1>
          <Mark outcome={CONCLUSIONS[data.conclusion]} />
          {data.title.split(SEPARATOR).map((part, index, parts) => (
            <span key={part}>
              {index > 0 && ' '}
              <span class="count">{index < parts.length - 1 ? `${part} ·` : part}</span>
            </span>
          ))}
        </h1>
        <p class="facts">
          <code class="command">{data.command}</code>
          {data.project && <span>{data.project}</span>}
          {data.engine && <span>{data.engine}</span>}
          <time dateTime={date.toISOString()}>{dateText(date)}</time>
          {data.links.map(({ label, url }) => (
            <a key={url} href={url} rel="noopener noreferrer">
              {label}
            </a>
          ))}
        </p>
      </div>
      <div class="tools">
        <button type="button" class="quiet" onClick={onHelp} aria-label="Keyboard shortcuts" title="Keys (?)">
          ?
        </button>
        <button
          type="button"
          class="quiet"
          onClick={onTheme}
          aria-label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
          title={theme === 'dark' ? 'Light theme' : 'Dark theme'}
        >
          {theme === 'dark' ? '☀' : '☾'}
        </button>
      </div>
    </header>
  )
}

interface HeaderProps {
  data: PageData
  theme: Theme
  onTheme(): void
  onHelp(): void
}

function dateText(date: Date): string {
  const text = date.toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`
}

/** The shares of all nodes as one bar; a part filters, and filters no more when it is used again. */
export function StatusBar({ model, filter, go }: { model: Model; filter: Filter; go: Go }) {
  const parts = ORDER.filter((outcome) => outcome !== 'none' && model.counts[outcome] > 0)
  if (parts.length === 0) return null
  return (
    <Group class="status" label="Filter by status">
      {parts.map((outcome) => (
        <button
          key={outcome}
          type="button"
          class={`share ${outcome}`}
          style={{ flexGrow: model.counts[outcome] }}
          aria-pressed={filter.status === outcome}
          aria-label={`${figure(model.counts[outcome])} ${WORDS[outcome]}`}
          onClick={() => go({ status: filter.status === outcome ? '' : outcome })}
        >
          <span class="band" />
          <span class="share-label">
            {MARKS[outcome]} {figure(model.counts[outcome])} {WORDS[outcome]}
          </span>
        </button>
      ))}
    </Group>
  )
}

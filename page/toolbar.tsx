import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { figure } from '../src/report/figures.ts'
import type { Address } from './address.ts'
import { type Filter, isFiltered, NO_FILTER } from './filter.ts'
import { ORDER, WORDS } from './format.ts'
import type { Model } from './model.ts'
import type { sectionsOf } from './sections.ts'
import type { Go } from './store.ts'

interface ToolbarProps {
  model: Model
  sections: ReturnType<typeof sectionsOf>
  address: Address
  /** How many nodes the filter lets through. */
  found: number
  search: RefObject<HTMLInputElement | null>
  onSearch(): void
  go: Go
}

/** The way to each section, the search and the filters: they hold for the whole page. */
export function Toolbar(props: ToolbarProps) {
  const { model, sections, address, found, search, onSearch, go } = props
  const onSubmit = (event: Event) => {
    event.preventDefault()
    onSearch()
  }
  return (
    <div class="toolbar" ref={useHeight()}>
      <nav aria-label="Sections">
        {sections.map((view) => (
          <a
            key={view}
            href={`#view=${view}`}
            aria-current={address.view === view ? 'true' : undefined}
            onClick={(event) => {
              event.preventDefault()
              go({ view })
              document.getElementById(view)?.scrollIntoView()
            }}
          >
            {view.charAt(0).toUpperCase() + view.slice(1)}
          </a>
        ))}
      </nav>
      {sections.includes('nodes') && (
        <search>
          <form onSubmit={onSubmit}>
            <input
              ref={search}
              type="search"
              placeholder="Search nodes  /"
              aria-label="Search nodes"
              value={address.q}
              onInput={(event) => go({ q: event.currentTarget.value })}
            />
            <Filters model={model} filter={address} go={go} />
          </form>
        </search>
      )}
      <p class="found" role="status">
        {isFiltered(address) ? `${figure(found)} of ${figure(model.ran.length)} nodes` : ''}
      </p>
      {isFiltered(address) && (
        <button type="button" onClick={() => go(NO_FILTER)}>
          Clear
        </button>
      )}
    </div>
  )
}

/**
 * Tells page.css what the bar covers of a section that is scrolled to: it has more lines on a narrow page, and one
 * more with a filter.
 */
function useHeight(): RefObject<HTMLDivElement | null> {
  const bar = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = bar.current
    if (!element) return
    const write = () => {
      document.documentElement.style.setProperty('--covered', `${element.offsetHeight}px`)
    }
    // At once, so that the page scrolls to the right place when it is opened.
    write()
    const observer = new ResizeObserver(write)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return bar
}

function Filters({ model, filter, go }: { model: Model; filter: Filter; go: Go }) {
  const statuses = ORDER.filter((outcome) => outcome !== 'none' && model.counts[outcome] > 0)
  const { types, folders, tags } = model
  return (
    <div class="filters">
      <Choice
        label="Status"
        value={filter.status}
        options={statuses}
        names={WORDS}
        on={(status) => go({ status })}
      />
      <Choice label="Type" value={filter.type} options={types} on={(type) => go({ type })} />
      {folders.length > 1 && (
        <Choice label="Folder" value={filter.folder} options={folders} on={(folder) => go({ folder })} />
      )}
      {tags.length > 0 && <Choice label="Tag" value={filter.tag} options={tags} on={(tag) => go({ tag })} />}
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string
  options: string[]
  names?: Record<string, string>
  on(value: string): void
}

function Choice({ label, value, options, names, on }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      class={value === '' ? '' : 'set'}
      value={value}
      onChange={(event) => on(event.currentTarget.value)}
    >
      <option value="">{label}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {names?.[option] ?? option}
        </option>
      ))}
    </select>
  )
}

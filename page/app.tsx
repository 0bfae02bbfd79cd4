import type { RefObject } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Address, HOME } from './address.ts'
import { Advisor } from './advisor.tsx'
import { Changes } from './changes.tsx'
import { Failures } from './failures.tsx'
import { isFiltered, matcher, NO_FILTER, sorted } from './filter.ts'
import { leavePanel } from './focus.ts'
import { Header, StatusBar } from './header.tsx'
import { Help } from './help.tsx'
import { type Keys, useKeys } from './keys.ts'
import { Lineage } from './lineage.tsx'
import type { Item, Model } from './model.ts'
import { Panel } from './panel.tsx'
import { sectionsOf } from './sections.ts'
import { type Go, useAddress, useTheme } from './store.ts'
import { revealRow, Table } from './table.tsx'
import { Tiles } from './tiles.tsx'
import { Timeline } from './timeline.tsx'
import { Toolbar } from './toolbar.tsx'

/** In an address: no node is selected, also where one would be at first. */
const CLOSED = '-'
/** With less room the panel would cover the page. */
const WIDE = 1100

export function App({ model }: { model: Model }) {
  const [address, go] = useAddress()
  const [theme, toggleTheme] = useTheme()
  const [help, setHelp] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const { match, found, items } = useFound(model, address)
  const selected = selectedOf(model, address)
  const sections = useMemo(() => sectionsOf(model), [model])
  useEffect(() => document.getElementById(address.view)?.scrollIntoView({ behavior: 'instant' }), [])
  useKeys({
    ...keysOf({ address, items, selected, search, go }),
    '?': () => setHelp(true),
    Enter: () => title.current?.focus(),
  })
  const views = { model, address, match, selected, theme, go }
  const onSearch = () => items[0] && go({ node: items[0].key })
  const onClose = () => closePanel(go)
  return (
    <div class={selected ? 'page with-panel' : 'page'}>
      <main>
        <Header data={model.data} theme={theme} onTheme={toggleTheme} onHelp={() => setHelp(true)} />
        <StatusBar model={model} filter={address} go={go} />
        <Tiles model={model} go={go} />
        {sections.length > 1 && (
          <Toolbar {...{ model, sections, address, search, onSearch, go }} found={found.length} />
        )}
        <Failures {...{ model, selected, go }} items={found} />
        <Changes model={model} go={go} />
        <Timeline {...views} />
        {model.data.timing && <Advisor timing={model.data.timing} />}
        {sections.includes('lineage') && <Lineage {...views} />}
        {sections.includes('nodes') && (
          <Table
            {...{ items, selected, go }}
            sort={address.sort}
            hasBase={model.data.history !== undefined}
          />
        )}
        <footer>dbt-watcher</footer>
      </main>
      {selected && (
        <Panel key={selected.id} {...{ model, title, onClose, go }} item={selected} code={address.code} />
      )}
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  )
}

/** The nodes that the filter of the address lets through, and their order in the table. */
function useFound(model: Model, { q, status, type, folder, tag, sort }: Address) {
  const match = useMemo(() => matcher({ q, status, type, folder, tag }), [q, status, type, folder, tag])
  const found = useMemo(() => model.ran.filter(match), [model, match])
  const items = useMemo(() => sorted(found, sort), [found, sort])
  return { match, found, items }
}

function closePanel(go: Go): void {
  go({ node: CLOSED })
  leavePanel()
}

interface KeyTargets {
  address: Address
  items: Item[]
  selected: Item | undefined
  search: RefObject<HTMLInputElement | null>
  go: Go
}

function keysOf({ address, items, selected, search, go }: KeyTargets): Keys {
  const move = (step: number) => {
    const at = selected ? items.indexOf(selected) : -1
    const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step]
    if (!next) return
    go({ node: next.key })
    revealRow(items, next)
  }
  const show = (view: Address['view']) => {
    const section = document.getElementById(view)
    if (!section) return
    go({ view })
    section.scrollIntoView()
  }
  return {
    j: () => move(1),
    k: () => move(-1),
    '/': () => search.current?.focus(),
    f: () => show('failures'),
    c: () => show('changes'),
    t: () => show('timeline'),
    l: () => show('lineage'),
    n: () => show('nodes'),
    Escape: () => {
      if (document.activeElement === search.current) search.current?.blur()
      else if (selected) closePanel(go)
      else if (isFiltered(address)) go(NO_FILTER)
    },
  }
}

/** The node of the address; at first the worst failure, where there is room to show it. */
function selectedOf(model: Model, { node }: Address): Item | undefined {
  if (node !== HOME.node) return model.byKey.get(node)
  const [first] = model.ran
  return first?.outcome === 'failed' && innerWidth >= WIDE ? first : undefined
}

import { useEffect, useRef, useState } from 'preact/hooks'
import { type Address, formatAddress, parseAddress } from './address.ts'

export type Go = (change: Partial<Address>) => void

/** The address as state: each change is written to it, and going back in the browser goes back here. */
export function useAddress(): [Address, Go] {
  const [address, setAddress] = useState(() => parseAddress(location.hash))
  const latest = useRef(address)
  const show = (next: Address) => {
    latest.current = next
    setAddress(next)
  }
  useEffect(() => {
    const read = () => show(parseAddress(location.hash))
    addEventListener('hashchange', read)
    addEventListener('popstate', read)
    return () => {
      removeEventListener('hashchange', read)
      removeEventListener('popstate', read)
    }
  }, [])
  const go: Go = (change) => {
    const next = { ...latest.current, ...change }
    write(next, next.node !== latest.current.node)
    show(next)
  }
  return [address, go]
}

/** Each selected node is a step back; what is typed or filtered is not. */
function write(address: Address, step: boolean): void {
  const hash = formatAddress(address)
  if (hash === location.hash || (hash === '#' && location.hash === '')) return
  try {
    if (step) history.pushState(null, '', hash)
    else history.replaceState(null, '', hash)
  } catch {
    // A viewer may show the page in a frame without an origin, which has no history of its own.
  }
}

export type Theme = 'light' | 'dark'

const THEME = 'dbt-watcher theme'

/** The system's theme, unless the reader chose one; paper is always light. */
export function useTheme(): [Theme, () => void] {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const [chosen, choose] = useState<Theme | undefined>(remembered)
  const [dark, setDark] = useState(system.matches)
  useEffect(() => {
    const read = () => setDark(system.matches)
    system.addEventListener('change', read)
    return () => system.removeEventListener('change', read)
  }, [])
  const printing = usePrinting()
  const theme = printing ? 'light' : (chosen ?? (dark ? 'dark' : 'light'))
  // Before the children draw, who read the colours.
  document.documentElement.dataset.theme = theme
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark'
    choose(next)
    remember(next)
  }
  return [theme, toggle]
}

/** Whether the page is being printed. The canvases are drawn anew before it is. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false)
  useEffect(() => {
    const begin = () => setPrinting(true)
    const end = () => setPrinting(false)
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', end)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', end)
    }
  }, [])
  return printing
}

function remembered(): Theme | undefined {
  try {
    const theme = localStorage.getItem(THEME)
    return theme === 'dark' || theme === 'light' ? theme : undefined
  } catch {
    // Without an origin there is no storage.
    return undefined
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(THEME, theme)
  } catch {
    // See above.
  }
}

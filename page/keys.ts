import { useEffect, useRef } from 'preact/hooks'

/** What a key does, by `KeyboardEvent.key`. */
export type Keys = Record<string, () => void>

/** Keys of the page; while the reader types only Escape is one. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const { target, key } = event
      const element = target instanceof HTMLElement ? target : undefined
      if (element?.closest('dialog')) return
      if (element?.matches('input, select, textarea') && key !== 'Escape') return
      // A link or a button that has the focus does what it is for.
      if (key === 'Enter' && element?.matches('a, button, summary')) return
      const action = Object.hasOwn(latest.current, key) ? latest.current[key] : undefined
      if (!action) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

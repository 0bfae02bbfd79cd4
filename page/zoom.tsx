import type { ComponentChildren } from 'preact'
import { Group } from './box.tsx'

interface ZoomProps {
  /** Of what is zoomed, such as `timeline`. */
  of: string
  /** @param closer whether less is to be shown */
  zoom(closer: boolean): void
  /** Whether all is shown, so that there is no more of it. */
  whole?: boolean
  /** Further buttons. */
  children?: ComponentChildren
}

/** The buttons that zoom a drawing. */
export function Zoom({ of, zoom, whole = false, children }: ZoomProps) {
  return (
    <Group class="buttons" label={`Zoom of the ${of}`}>
      <button type="button" aria-label="Zoom in" onClick={() => zoom(true)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" disabled={whole} onClick={() => zoom(false)}>
        −
      </button>
      {children}
    </Group>
  )
}

import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Shown } from './format.ts'

export interface Palette {
  text: string
  muted: string
  line: string
  surface: string
  raised: string
  accent: string
  fill: Record<Shown, string>
}

/** The colours of page.css, for drawing. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: read('text'),
    muted: read('muted'),
    line: read('line'),
    surface: read('surface'),
    raised: read('raised'),
    accent: read('accent'),
    fill: {
      failed: read('failed-fill'),
      warn: read('warn-fill'),
      skipped: read('skipped-fill'),
      cancelled: read('cancelled-fill'),
      success: read('success-fill'),
      none: read('none-fill'),
    },
  }
}

const FONT = '11px ui-sans-serif, system-ui, "Segoe UI", sans-serif'

/**
 * A canvas that is as sharp as the screen, and as wide as its place.
 * @param draw is called with a size in CSS pixels whenever something of `on` changes
 */
export function useCanvas(
  heightOf: number | ((width: number) => number),
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
  on: unknown[],
) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const parent = canvas.current?.parentElement
    if (!parent) return
    // At once, so that the page has its height before it scrolls to a part.
    const { paddingLeft, paddingRight } = getComputedStyle(parent)
    setWidth(
      Math.floor(parent.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)),
    )
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(parent)
    return () => observer.disconnect()
  }, [])
  const height = typeof heightOf === 'number' ? heightOf : heightOf(width)
  useLayoutEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context || width === 0) return
    // Larger ones are refused by browsers: https://developer.mozilla.org/docs/Web/HTML/Reference/Elements/canvas
    const scale = Math.min(devicePixelRatio || 1, 16_000 / Math.max(width, height))
    element.width = Math.round(width * scale)
    element.height = Math.round(height * scale)
    // The height follows: on paper there is less width.
    element.style.width = `${width}px`
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    context.font = FONT
    draw(context, width, height)
  }, [width, height, ...on])
  return canvas
}

/**
 * The text, cut with an ellipsis where it is wider than there is room.
 * @param letter width of an average one in pixels; measuring each of 10,000 names would be slow
 */
export function fitted(text: string, room: number, letter = 5.6): string {
  const most = Math.floor(room / letter)
  if (text.length <= most) return text
  return most < 4 ? '' : `${text.slice(0, most - 1)}…`
}

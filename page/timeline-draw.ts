import type { PageInvocation } from '../src/report/page-data.ts'
import { fitted, type Palette } from './canvas.ts'
import { type Lane, type Span, ticks } from './lanes.ts'
import { type Item, isTest } from './model.ts'

/** What is drawn, and where: pixels of time and lanes. */
export interface Frame {
  lanes: Lane[]
  from: number
  to: number
  /** Height of a lane, in pixels. */
  lane: number
  /** Where the time axis begins: names of the lanes are before it. */
  left: number
  width: number
}

export interface Marked {
  /** Whether a node passes the filter; others are pale. */
  match(item: Item): boolean
  critical: ReadonlySet<number>
  selected: Item | undefined
  hovered: Span | undefined
  invocations: PageInvocation[]
}

export const TOP = 22

export function laneHeight(lanes: number): number {
  return lanes <= 16 ? 22 : lanes <= 40 ? 14 : 8
}

function xOf(frame: Frame, time: number): number {
  return frame.left + ((time - frame.from) / (frame.to - frame.from || 1)) * (frame.width - frame.left - 1)
}

export function timeAt(frame: Frame, x: number): number {
  const share = (x - frame.left) / (frame.width - frame.left - 1)
  return frame.from + Math.min(1, Math.max(0, share)) * (frame.to - frame.from)
}

/** The run of a node at a point; a short one is widened to what a mouse can hit. */
export function spanAt(frame: Frame, x: number, y: number): Span | undefined {
  const lane = frame.lanes[Math.floor((y - TOP) / frame.lane)]
  return lane?.spans.findLast((span) => {
    return x >= xOf(frame, span.start) - 2 && x <= Math.max(xOf(frame, span.end), xOf(frame, span.start) + 3)
  })
}

export function drawTimeline(
  context: CanvasRenderingContext2D,
  frame: Frame,
  marked: Marked,
  colours: Palette,
) {
  drawAxis(context, frame, colours)
  drawInvocations(context, frame, marked.invocations, colours)
  const outlined: [Span, number, string][] = []
  frame.lanes.forEach((lane, index) => {
    const y = TOP + index * frame.lane
    drawLabel(context, lane.label, y, frame, colours)
    for (const span of lane.spans) {
      if (span.end < frame.from || span.start > frame.to) continue
      drawSpan(context, span, y, frame, marked, colours)
      const { item, last } = span
      if (item === marked.selected || span === marked.hovered) outlined.push([span, y, colours.accent])
      else if (last && marked.critical.has(item.index)) outlined.push([span, y, colours.text])
    }
  })
  // Above all bars, the selected one last.
  outlined.sort(([, , a], [, , b]) => Number(a === colours.accent) - Number(b === colours.accent))
  for (const [span, y, colour] of outlined) outline(context, span, y, frame, colour)
}

function drawAxis(context: CanvasRenderingContext2D, frame: Frame, { line, muted }: Palette) {
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  const bottom = TOP + frame.lanes.length * frame.lane
  const marks = ticks(frame.from, frame.to, Math.max(2, frame.width / 110))
  const step = (marks[1] ?? 0) - (marks[0] ?? 0)
  for (const time of marks) {
    const x = Math.round(xOf(frame, time)) + 0.5
    context.fillStyle = line
    context.fillRect(x, TOP - 4, 1, bottom - TOP + 4)
    context.fillStyle = muted
    const label = clock(time, step)
    context.fillText(label, Math.min(x + 3, frame.width - 6 * label.length), TOP / 2)
  }
}

/** `1:05` from a minute on, else seconds. */
function clock(time: number, step: number): string {
  const seconds = time / 1000
  if (seconds < 60 || step < 1000) return `${seconds.toFixed(step < 100 ? 2 : step < 1000 ? 1 : 0)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** Where a retry or another command began. */
function drawInvocations(
  context: CanvasRenderingContext2D,
  frame: Frame,
  invocations: PageInvocation[],
  { muted, surface }: Palette,
) {
  const bottom = TOP + frame.lanes.length * frame.lane
  for (const { label, start } of invocations.slice(1)) {
    if (start < frame.from || start > frame.to) continue
    const x = Math.round(xOf(frame, start))
    context.fillStyle = muted
    for (let y = 0; y < bottom; y += 6) context.fillRect(x, y, 1, 3)
    context.fillStyle = surface
    context.fillRect(x + 2, 2, context.measureText(label).width + 6, TOP - 5)
    context.fillStyle = muted
    context.fillText(label, x + 5, TOP / 2)
  }
}

function drawLabel(
  context: CanvasRenderingContext2D,
  label: string,
  y: number,
  frame: Frame,
  { muted }: Palette,
) {
  if (label === '' || frame.left < 20) return
  context.fillStyle = muted
  context.fillText(fitted(label, frame.left - 8), 0, y + frame.lane / 2, frame.left - 8)
}

function drawSpan(
  context: CanvasRenderingContext2D,
  span: Span,
  y: number,
  frame: Frame,
  marked: Marked,
  { fill, text }: Palette,
) {
  const [x, width, gap] = boxOf(span, frame)
  const { item, outcome } = span
  const good = outcome === 'success'
  // Tests are pale, so that what builds stands out.
  context.globalAlpha = !marked.match(item) ? 0.12 : good && isTest(item) ? 0.45 : 1
  context.fillStyle = fill[outcome]
  context.fillRect(x, y + gap, width, frame.lane - 2 * gap)
  if (width > 34 && frame.lane >= 14) {
    context.fillStyle = text
    context.fillText(fitted(item.name, width - 8), x + 4, y + frame.lane / 2 + 0.5, width - 8)
  }
  context.globalAlpha = 1
}

function outline(context: CanvasRenderingContext2D, span: Span, y: number, frame: Frame, colour: string) {
  const [x, width, gap] = boxOf(span, frame)
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.strokeRect(x + 0.75, y + gap + 0.25, Math.max(1, width - 1.5), frame.lane - 2 * gap - 0.5)
}

function boxOf(span: Span, frame: Frame): [x: number, width: number, gap: number] {
  const x = Math.max(frame.left, xOf(frame, span.start))
  const end = Math.min(frame.width, xOf(frame, span.end))
  return [x, Math.max(1.5, end - x - 0.5), frame.lane >= 14 ? 2 : 0.5]
}

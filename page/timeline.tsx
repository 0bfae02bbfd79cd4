import { useMemo, useRef } from 'preact/hooks'
import { duration, plural } from '../src/report/figures.ts'
import type { Address } from './address.ts'
import { palette, useCanvas } from './canvas.ts'
import { WORDS } from './format.ts'
import { byFolder, byThread, type Lane, type Span, spansOf } from './lanes.ts'
import type { Item, Model } from './model.ts'
import { usePointer } from './pointer.ts'
import { Segments } from './segments.tsx'
import type { Go, Theme } from './store.ts'
import { drawTimeline, type Frame, laneHeight, spanAt, TOP, timeAt } from './timeline-draw.ts'
import { Zoom } from './zoom.tsx'

interface TimelineProps {
  model: Model
  address: Address
  match(item: Item): boolean
  selected: Item | undefined
  theme: Theme
  go: Go
}

/** When each node ran, and on which thread. */
export function Timeline({ model, address, match, selected, theme, go }: TimelineProps) {
  const spans = useMemo(() => spansOf(model.ran), [model])
  const lanes = useMemo(
    () => (address.group === 'folder' ? byFolder(spans) : byThread(spans)),
    [spans, address.group],
  )
  const whole = useMemo((): [number, number] => wholeOf(model, spans), [model, spans])
  const zoom = zoomOf(address.zoom, whole)
  if (spans.length === 0) return null
  const setZoom = (from: number, to: number) => go({ zoom: zoomText(from, to, whole) })
  return (
    <section id="timeline" aria-labelledby="timeline-title">
      <div class="section-head">
        <h2 id="timeline-title">Timeline</h2>
        <Segments
          label="Group by"
          value={address.group}
          options={[
            ['', 'Threads'],
            ['folder', 'Folders'],
          ]}
          on={(group) => go({ group })}
        />
        <Zoom of="timeline" whole={address.zoom === ''} zoom={(closer) => setZoom(...around(zoom, closer))}>
          {address.zoom !== '' && (
            <button type="button" onClick={() => go({ zoom: '' })}>
              Reset zoom
            </button>
          )}
        </Zoom>
      </div>
      <Chart
        {...{ model, match, selected, theme, go, lanes, zoom, setZoom }}
        folders={address.group === 'folder'}
      />
      <p class="legend">
        {model.critical.size > 0 && (
          <span>
            <i class="outlined" /> critical path
          </span>
        )}
        <span>
          <i class="pale" /> tests
        </span>
        <span>Drag to zoom, double-click to reset.</span>
      </p>
    </section>
  )
}

interface ChartProps extends Omit<TimelineProps, 'address'> {
  lanes: Lane[]
  zoom: [number, number]
  folders: boolean
  setZoom(from: number, to: number): void
}

function Chart({ model, match, selected, theme, go, lanes, zoom, folders, setZoom }: ChartProps) {
  const frame = useRef<Frame>(undefined)
  const { critical, data } = model
  const { hovered, pointer, dragged, handlers } = usePointer<Span>({
    at: (x, y) => frame.current && spanAt(frame.current, x, y),
    onClick: ({ item }) => go({ node: item.key }),
    onDrop: ([from], [to]) => {
      const { current } = frame
      if (current) setZoom(timeAt(current, Math.min(from, to)), timeAt(current, Math.max(from, to)))
    },
  })
  const canvas = useCanvas(
    TOP + lanes.length * laneHeight(lanes.length) + 2,
    (context, width) => {
      const left = width < 500 ? 0 : folders ? 150 : 22
      const [from, to] = zoom
      frame.current = { lanes, from, to, lane: laneHeight(lanes.length), left, width }
      const marked = { match, critical, selected, hovered, invocations: data.invocations }
      drawTimeline(context, frame.current, marked, palette())
    },
    [lanes, zoom[0], zoom[1], match, selected, hovered, theme],
  )
  return (
    <div class="chart scroll">
      <canvas
        ref={canvas}
        class="timeline"
        role="img"
        aria-label={`Timeline of ${plural(model.ran.length, 'node')} in ${plural(lanes.length, 'lane')}. The table of nodes has the same figures.`}
        {...handlers}
        onDblClick={() => go({ zoom: '' })}
      />
      {dragged && <Selection from={dragged[0][0]} to={dragged[1][0]} />}
      {hovered && frame.current && (
        <Tip span={hovered} x={pointer[0]} y={pointer[1]} width={frame.current.width} />
      )}
    </div>
  )
}

function Selection({ from, to }: { from: number; to: number }) {
  return (
    <span class="selection" style={{ left: `${Math.min(from, to)}px`, width: `${Math.abs(to - from)}px` }} />
  )
}

function Tip({ span, x, y, width }: { span: Span; x: number; y: number; width: number }) {
  const { item, start, end, outcome } = span
  const side = x > width / 2 ? { right: `${width - x + 12}px` } : { left: `${x + 12}px` }
  return (
    <div class="tip" style={{ top: `${y + 14}px`, left: 'auto', right: 'auto', ...side }}>
      <b>{item.name}</b>
      <span>
        {WORDS[outcome]} · {duration((end - start) / 1000)} · from {duration(start / 1000)}
      </span>
    </div>
  )
}

function wholeOf({ data }: Model, spans: Span[]): [number, number] {
  const first = spans[0]?.start ?? 0
  const last = spans.reduce((end, span) => Math.max(end, span.end), first + 1)
  // Time before the first node is dbt's start; a short one is shown, a long one would hide the nodes.
  const wall = data.seconds * 1000
  return [first < 0.25 * wall ? Math.min(0, first) : first, last]
}

/** Half of a part around its middle, or twice as much. */
function around([from, to]: [number, number], closer: boolean): [number, number] {
  const middle = (from + to) / 2
  const half = ((to - from) / 2) * (closer ? 0.5 : 2)
  return [middle - half, middle + half]
}

function zoomOf(zoom: string, whole: [number, number]): [number, number] {
  const [, from, to] = /^(\d{1,9})-(\d{1,9})$/.exec(zoom) ?? []
  const valid = from !== undefined && Number(from) < Number(to)
  return valid ? [Number(from), Number(to)] : whole
}

/** Empty for all of the run. */
function zoomText(from: number, to: number, whole: [number, number]): string {
  const first = Math.max(0, Math.floor(Math.max(whole[0], from)))
  const last = Math.ceil(Math.min(whole[1], to))
  const all = first <= whole[0] && last >= whole[1]
  return all ? '' : `${first}-${Math.max(first + 1, last)}`
}

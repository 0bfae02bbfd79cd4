import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Address } from './address.ts'
import { palette, useCanvas } from './canvas.ts'
import { type Box, graphOf, hasBad, isDrawn, type Scope, usualScope } from './graph.ts'
import { layered } from './layout.ts'
import {
  boxAt,
  type Camera,
  type Drawing,
  drawingOf,
  drawLineage,
  firstView,
  fit,
  heightFor,
  zoomed,
} from './lineage-draw.ts'
import type { Item, Model } from './model.ts'
import { usePointer } from './pointer.ts'
import { Segments } from './segments.tsx'
import type { Go, Theme } from './store.ts'
import { Zoom } from './zoom.tsx'

interface LineageProps {
  model: Model
  address: Address
  match(item: Item): boolean
  selected: Item | undefined
  theme: Theme
  go: Go
}

/** What depends on what: first what failed and its neighbours, and the whole project on demand. */
export function Lineage({ model, address, match, selected, theme, go }: LineageProps) {
  const scope = address.graph || usualScope(model)
  const center = scope === 'around' ? selected : undefined
  const drawing = useMemo(() => draw(model, scope, center), [model, scope, center])
  const options: [Scope, string][] = [
    ['failures', 'Failures'],
    ['around', 'Selected node'],
    ['folders', 'Folders'],
    ['all', 'Whole project'],
  ]
  const view = useView(drawing, [selected, model.ran.find(isDrawn)])
  const isEmpty = drawing.graph.boxes.length === 0
  return (
    <section id="lineage" aria-labelledby="lineage-title">
      <div class="section-head">
        <h2 id="lineage-title">Lineage</h2>
        <Segments
          label="Part of the lineage"
          value={scope}
          options={options.filter(([option]) => option !== 'failures' || hasBad(model))}
          on={(graph) => go({ graph })}
        />
        {!isEmpty && (
          <Zoom of="lineage" zoom={(closer) => view.zoom(closer ? 1.4 : 1 / 1.4)}>
            <button type="button" onClick={view.fit}>
              Fit
            </button>
          </Zoom>
        )}
      </div>
      {isEmpty ? (
        <p class="empty">{scope === 'around' ? 'Select a node.' : 'No node failed or warned.'}</p>
      ) : (
        <Chart {...{ drawing, view, match, selected, theme, go }} critical={model.critical} />
      )}
    </section>
  )
}

function draw(model: Model, scope: Scope, selected: Item | undefined): Drawing {
  const graph = graphOf(model, scope, selected)
  const tallest = Math.max(24, Math.ceil(Math.sqrt(graph.boxes.length) * 1.6))
  return drawingOf(graph, layered(graph.boxes.length, graph.edges, tallest))
}

/**
 * Which part of the drawing is seen, and the ways to another one.
 * @param wanted what is seen at first where there is no room for all: the first that is drawn
 */
function useView(drawing: Drawing, wanted: (Item | undefined)[]) {
  const [moved, setMoved] = useState<Camera>()
  useEffect(() => setMoved(undefined), [drawing])
  // Stays where it is when another node is selected.
  const first = useMemo(() => wanted, [drawing])
  const size = useRef<[number, number]>([0, 0])
  const camera = () => moved ?? firstView(drawing, ...size.current, first)
  return {
    moved,
    size,
    camera,
    drag: (x: number, y: number) => setMoved({ ...camera(), x: camera().x + x, y: camera().y + y }),
    zoom: (factor: number, x = size.current[0] / 2, y = size.current[1] / 2) =>
      setMoved(zoomed(camera(), factor, x, y)),
    fit: () => setMoved(fit(drawing, ...size.current)),
  }
}

interface ChartProps extends Omit<LineageProps, 'model' | 'address'> {
  drawing: Drawing
  view: ReturnType<typeof useView>
  critical: ReadonlySet<number>
}

function Chart({ drawing, view, match, selected, theme, go, critical }: ChartProps) {
  const { moved, size, camera } = view
  const { hovered, handlers } = usePointer<Box>({
    at: (x, y) => boxAt(drawing, camera(), x, y),
    onClick: ({ folder, items: [item] }) => {
      if (folder !== undefined) go({ folder })
      else if (item) go({ node: item.key })
    },
    onDrag: view.drag,
  })
  const canvas = useCanvas(
    (width) => heightFor(drawing, width),
    (context, width, height) => {
      size.current = [width, height]
      drawLineage(context, drawing, camera(), { match, selected, hovered, critical }, palette())
    },
    [drawing, moved, match, selected, hovered, theme],
  )
  useWheel(canvas, view.zoom)
  return (
    <div class="chart">
      <canvas
        ref={canvas}
        class={hovered ? 'lineage on-box' : 'lineage'}
        role="img"
        aria-label={`Lineage with ${drawing.graph.boxes.length} boxes. The panel of a node lists what it depends on and what depends on it.`}
        {...handlers}
      />
    </div>
  )
}

/** Ctrl and the wheel zoom, as in maps; the wheel alone scrolls the page. */
function useWheel(
  canvas: { current: HTMLCanvasElement | null },
  zoom: (factor: number, x: number, y: number) => void,
): void {
  const latest = useRef(zoom)
  latest.current = zoom
  useEffect(() => {
    const element = canvas.current
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      latest.current(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY)
    }
    element?.addEventListener('wheel', onWheel, { passive: false })
    return () => element?.removeEventListener('wheel', onWheel)
  }, [canvas])
}

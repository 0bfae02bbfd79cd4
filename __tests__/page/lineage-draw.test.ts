import { expect, test } from 'vitest'
import { graphOf } from '../../page/graph.ts'
import { layered } from '../../page/layout.ts'
import { type Camera, drawingOf, firstView, heightFor } from '../../page/lineage-draw.ts'
import { modelOf } from '../../page/model.ts'
import { madeUp } from './made-up.ts'

const model = modelOf(madeUp(300))
const graph = graphOf(model, 'all', undefined)
const drawing = drawingOf(graph, layered(graph.boxes.length, graph.edges, 24))

/** How much of the canvas is empty on each side; negative where the drawing goes on there. */
function margins({ x, y, scale }: Camera, width: number, height: number) {
  const [right, bottom] = [width - x - drawing.width * scale, height - y - drawing.height * scale]
  return { left: x, right, top: y, bottom }
}

test('a narrow canvas shows all of the lineage at first', () => {
  const height = heightFor(drawing, 362)
  const camera = firstView(drawing, 362, height, model.ran[0])
  for (const margin of Object.values(margins(camera, 362, height))) expect(margin).toBeGreaterThan(15)
})

test('a wide one shows the part around a node, and nothing empty beside it', () => {
  const height = heightFor(drawing, 900)
  for (const item of graph.boxes.flatMap(({ items }) => items)) {
    const camera = firstView(drawing, 900, height, item)
    expect(camera.scale).toBeGreaterThan(0.6)
    for (const margin of Object.values(margins(camera, 900, height))) expect(margin).toBeLessThan(17)
  }
})
